/** Small exports by hand, in the forms that the others write: what they have in common with the real ones is every field that is read. */

interface Node {
  readonly id: string;
  readonly parent: string | null;
  readonly children: readonly string[];
  readonly message: object | null;
}

const node = (id: string, parent: string | null, message: object | null): readonly [string, Node] => [
  id,
  { id, parent, children: [], message },
];
const text = (...parts: readonly unknown[]): object => ({ content_type: "text", parts });
const said = (role: string, content: object, more: object = {}): object => ({
  author: { role, name: null, metadata: {} },
  create_time: null,
  content,
  status: "finished_successfully",
  weight: 1,
  metadata: {},
  recipient: "all",
  ...more,
});
const by = (model: string): object => ({ metadata: { model_slug: model } });

export const chatGptExport: readonly object[] = [
  {
    title: "Baking bread",
    create_time: 1_700_000_000,
    update_time: 1_700_000_100.5,
    mapping: Object.fromEntries([
      node("root", null, null),
      node("system", "root", said("system", text(""), { metadata: { is_visually_hidden_from_conversation: true } })),
      node(
        "context",
        "system",
        said(
          "user",
          { content_type: "user_editable_context", user_profile: "Secret" },
          {
            metadata: { is_visually_hidden_from_conversation: true },
          },
        ),
      ),
      node("q1", "context", said("user", text("How do I bake bread?"), { create_time: 1_700_000_001.5 })),
      node("a1", "q1", said("assistant", text("Let me look."), by("gpt-4o"))),
      node("call", "a1", said("assistant", { content_type: "code", text: "search('bread')" }, { recipient: "web" })),
      node("found", "call", said("tool", { content_type: "tether_quote", text: "Bread is old." })),
      node("thoughts", "found", said("assistant", { content_type: "thoughts", thoughts: [{ content: "Hm." }] })),
      node("a1b", "thoughts", said("assistant", text("With flour.\ue200cite\ue202turn0search0\ue201"), by("gpt-4o"))),
      node("a2", "q1", said("assistant", text("With water."), by("gpt-4o"))),
      node("q2", "a1b", said("user", text("And rye?"))),
      node("a3", "q2", said("assistant", text("With patience."), by("o3"))),
    ]),
    current_node: "a3",
    conversation_id: "conv-bread",
    id: "conv-bread",
    is_archived: false,
    is_starred: true,
  },
  {
    title: "A letter",
    create_time: 1_700_000_200,
    mapping: Object.fromEntries([
      node("c1", null, said("user", text("Write a letter"))),
      node(
        "c2",
        "c1",
        said(
          "assistant",
          { content_type: "code", language: "json", text: '{"name":"Letter","type":"document","content":"Dear Ada,"}' },
          { recipient: "canmore.create_textdoc" },
        ),
      ),
    ]),
    conversation_id: "conv-letter",
  },
  {
    title: "Pictures",
    create_time: 1_700_000_300,
    mapping: Object.fromEntries([
      node(
        "m1",
        null,
        said(
          "user",
          {
            content_type: "multimodal_text",
            parts: [
              {
                content_type: "image_asset_pointer",
                asset_pointer: "file-service://file-cat9",
                size_bytes: 3,
                width: 1,
              },
              "What is this?",
              { content_type: "audio_transcription", text: "spoken question", direction: "in" },
              { content_type: "real_time_user_audio_video_asset_pointer", frames_asset_pointers: [] },
            ],
          },
          {
            metadata: {
              attachments: [
                { id: "file-cat9", name: "photo.png", mime_type: "image/png", size: 3 },
                { id: "file-doc1", name: "notes.pdf", mime_type: "application/pdf", size: 9 },
              ],
            },
          },
        ),
      ),
      node("m2", "m1", said("assistant", text("A cat."))),
    ]),
    conversation_id: "conv-pictures",
  },
];

const root = "00000000-0000-4000-8000-000000000000";
const block = (words: string): object => ({ type: "text", text: words, citations: [], start_timestamp: null });

export const claudeExport: readonly object[] = [
  {
    uuid: "u-1",
    name: "Taxes",
    summary: "",
    created_at: "2025-01-02T03:04:05.000000Z",
    updated_at: "2025-01-02T04:04:05.000000Z",
    account: { uuid: "acc" },
    chat_messages: [
      {
        uuid: "h1",
        text: "Look at this",
        content: [block("Look at this")],
        sender: "human",
        created_at: "2025-01-02T03:04:06.000000Z",
        parent_message_uuid: root,
        attachments: [
          { file_name: "paper.pdf", file_size: 9, file_type: "pdf", extracted_content: "The whole paper." },
        ],
        files: [{ file_name: "cat.png" }],
      },
      {
        uuid: "c1",
        text: "I did.",
        content: [
          { type: "thinking", thinking: "Secret thoughts" },
          block("I did."),
          {
            type: "tool_use",
            name: "artifacts",
            input: {
              command: "create",
              title: "Plan",
              type: "application/vnd.ant.code",
              language: "python",
              content: "print(1)",
            },
          },
          { type: "tool_result", content: [{ type: "text", text: "OK" }] },
        ],
        sender: "assistant",
        created_at: "2025-01-02T03:04:07.000000Z",
        parent_message_uuid: "h1",
        attachments: [],
        files: [],
      },
      {
        uuid: "c2",
        text: "Again.",
        content: [block("Again.")],
        sender: "assistant",
        created_at: "2025-01-02T03:05:07.000000Z",
        parent_message_uuid: "h1",
        attachments: [],
        files: [],
      },
    ],
  },
  {
    uuid: "u-2",
    name: "",
    created_at: "2024-01-02T03:04:05.000000Z",
    chat_messages: [
      { uuid: "x1", text: "Hello", content: [], sender: "human", created_at: "2024-01-02T03:04:05.000000Z" },
      {
        uuid: "x2",
        text: "Hello yourself",
        content: [],
        sender: "assistant",
        created_at: "2024-01-02T03:04:06.000000Z",
      },
    ],
  },
];

export const openWebUiExport: readonly object[] = [
  {
    id: "w-1",
    user_id: "me",
    title: "Colours",
    created_at: 1_700_000_000,
    updated_at: 1_700_000_100,
    archived: true,
    pinned: true,
    chat: {
      title: "Colours",
      models: ["llama3:8b"],
      history: {
        currentId: "m3",
        messages: {
          m1: {
            id: "m1",
            parentId: null,
            childrenIds: ["m2", "m3"],
            role: "user",
            content: "A colour?",
            timestamp: 1_700_000_001,
            files: [
              { type: "image", url: "data:image/png;base64,AQID" },
              {
                type: "file",
                name: "notes.txt",
                id: "f1",
                file: { filename: "notes.txt", data: { content: "words of a file" } },
              },
            ],
          },
          m2: {
            id: "m2",
            parentId: "m1",
            childrenIds: [],
            role: "assistant",
            content:
              '<details type="reasoning" done="true" duration="2">\n<summary>Thought</summary>\n> Hm\n</details>\nBlue.',
            model: "llama3:8b",
            timestamp: 1_700_000_002,
          },
          m3: {
            id: "m3",
            parentId: "m1",
            childrenIds: [],
            role: "assistant",
            content: "Red.",
            model: "llama3:8b",
            timestamp: 1_700_000_003,
          },
        },
      },
      messages: [],
      timestamp: 1_700_000_000_000,
    },
  },
  {
    id: "w-2",
    title: "Old",
    chat: {
      messages: [
        { role: "user", content: "Hi" },
        { role: "assistant", content: "Hello" },
      ],
      timestamp: 1_600_000_000_000,
    },
  },
  { id: "w-3", title: "Nothing said", chat: { history: { messages: {}, currentId: null } } },
  { chat: { history: { messages: {} } } },
];

/** One file each. */
export const libreChatExport = [
  {
    conversationId: "l-1",
    endpoint: "custom",
    title: "Lime trees",
    exportAt: "13:18:04 GMT-0400 (Eastern Daylight Time)",
    branches: true,
    recursive: true,
    options: { model: "gpt-oss-20b", temperature: 0.8 },
    messages: [
      {
        messageId: "l1",
        parentMessageId: "00000000-0000-0000-0000-000000000000",
        createdAt: "2025-03-01T10:00:00.000Z",
        isCreatedByUser: true,
        model: null,
        sender: "User",
        text: "When do lime trees bloom?",
        files: [{ file_id: "f-1", filename: "garden.pdf", type: "application/pdf", bytes: 5 }],
        children: [
          {
            messageId: "l2",
            parentMessageId: "l1",
            createdAt: "2025-03-01T10:00:01.000Z",
            isCreatedByUser: false,
            model: "gpt-oss-20b",
            sender: "Gardener",
            text: "",
            content: [
              { type: "think", think: "They ask for a month." },
              { type: "text", text: { value: "In June." } },
            ],
            children: [
              {
                messageId: "l4",
                parentMessageId: "l2",
                isCreatedByUser: true,
                sender: "User",
                text: "And how long?",
                children: [
                  {
                    messageId: "l5",
                    parentMessageId: "l4",
                    isCreatedByUser: false,
                    sender: "Gardener",
                    text: "Two weeks.",
                  },
                ],
              },
            ],
          },
          {
            messageId: "l3",
            parentMessageId: "l1",
            isCreatedByUser: false,
            model: "gpt-oss-20b",
            sender: "Gardener",
            text: "In early July.",
            children: [],
          },
          { messageId: "l6", parentMessageId: "l1", isCreatedByUser: false, error: true, text: "No credit left" },
        ],
      },
    ],
  },
  {
    conversationId: "l-2",
    title: "A flat one",
    branches: false,
    recursive: false,
    messages: [
      {
        messageId: "n1",
        parentMessageId: "00000000-0000-0000-0000-000000000000",
        isCreatedByUser: true,
        text: "Hello",
      },
      { messageId: "n2", parentMessageId: "n1", isCreatedByUser: false, model: "qwen3-30b", text: "Hello to you." },
      { messageId: "n3", parentMessageId: "n2", isCreatedByUser: true, text: "Goodbye" },
    ],
  },
];

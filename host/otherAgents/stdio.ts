/** A key's tools for a program that started this one: a message a line on standard input and output. */
import { serveStdio as serve } from "@modelcontextprotocol/server/stdio";
import type { KeyRing, ToolKey } from "../gateway/keys.ts";
import type { AgentDesk } from "./agentDesk.ts";
import { createProtocolServer } from "./protocol.ts";

/** `onEnd`: the program has closed its end. Returns how to stop. */
export function serveStdio(desk: AgentDesk, ring: KeyRing, key: string, onEnd: () => void): () => Promise<void> {
  const keyNow = (): ToolKey | null => {
    const found = ring.judge(key).key;
    return found?.agent === undefined ? null : found;
  };
  const { close } = serve(() => createProtocolServer(desk, keyNow));
  process.stdin.once("end", onEnd);
  process.stdin.once("close", onEnd);
  return close;
}

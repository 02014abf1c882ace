/** What must not stand in a page that shows a hostile text. An element or attribute that is not known to be harmless is harmful. */

const html =
  "a blockquote br button code del div em figcaption figure h2 h3 h4 h5 h6 hr kbd li ol p pre section span strong sub sup table tbody td th thead tr ul";
const drawn =
  "svg g path line rect circle use math semantics annotation mrow mi mo mn ms mtext mspace mstyle msup msub msubsup mfrac msqrt mroot munder mover munderover mpadded mphantom menclose mtable mtr mtd mlabeledtr mmultiscripts mprescripts";
const elements = new Set([...html.split(" "), ...drawn.split(" ")]);

const addresses = new Set([
  "action",
  "background",
  "cite",
  "data",
  "formaction",
  "href",
  "ping",
  "poster",
  "src",
  "srcset",
  "xlink:href",
]);
const schemes = new Set(["http:", "https:", "mailto:"]);

export function judge(root: HTMLElement): string[] {
  const bad: string[] = [];
  for (const element of root.querySelectorAll("*")) {
    const name = element.localName;
    if (!elements.has(name)) bad.push(`<${name}>`);
    for (const { name: attribute, value } of element.attributes) {
      const said = `<${name} ${attribute}="${value.slice(0, 60)}">`;
      if (attribute.startsWith("on") || attribute === "name" || attribute === "srcdoc") bad.push(said);
      if (attribute === "id" && (value === "app" || value === "message")) bad.push(said);
      if (attribute === "style" && /url|image-set|expression|@import|position:\s*fixed/i.test(value)) bad.push(said);
      if (addresses.has(attribute) && !isHarmless(name, attribute, value)) bad.push(said);
    }
    if (element.shadowRoot !== null) bad.push(`a shadow in <${name}>`);
  }
  return bad;
}

function isHarmless(element: string, attribute: string, value: string): boolean {
  if (attribute !== "href") return false;
  // A drawing of ours, by its name in this page.
  if (element === "use") return value.startsWith("#");
  if (element !== "a" || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return schemes.has(protocol) && username === "" && password === "";
}

// The rich text field: Tiptap, as django-prose-editor ships it in one module, under our own toolbar. Loaded only where a
// page or a dialog has such a field. It injects no style and needs no import map, so the CSP stays as it is.
const editors = new Set();

const commands = {
  bold: (chain) => chain.toggleBold(),
  italic: (chain) => chain.toggleItalic(),
  bulletList: (chain) => chain.toggleBulletList(),
  orderedList: (chain) => chain.toggleOrderedList(),
  undo: (chain) => chain.undo(),
  redo: (chain) => chain.redo(),
};

const extensions = (tiptap, openLink) => [
  tiptap.Document, tiptap.Paragraph, tiptap.Text, tiptap.HardBreak, tiptap.History, tiptap.Bold, tiptap.Italic,
  tiptap.BulletList, tiptap.OrderedList, tiptap.ListItem,
  tiptap.Link.extend({ addKeyboardShortcuts: () => ({ "Mod-k": openLink }) })
    .configure({ enableTarget: false, defaultProtocol: "https", protocols: ["http", "https", "mailto"] }),
];

const address = (text) => {
  if (/^(https?:\/\/|mailto:)/i.test(text)) return text;
  return /^[^\s/]+@[^\s/]+$/.test(text) ? `mailto:${text}` : `https://${text}`;
};

// Turns the textarea inside `frame` into an editor that writes back to it on every change.
export async function mount(frame) {
  if (frame.dataset.mounted) return;
  frame.dataset.mounted = "yes";
  const tiptap = await import(frame.dataset.editor);
  for (const editor of editors) if (!editor.view.dom.isConnected) { editor.destroy(); editors.delete(editor); }
  if (!frame.isConnected) return;

  const area = frame.querySelector("textarea");
  const toolbar = frame.querySelector("[role=toolbar]");
  const linkRow = frame.querySelector("[data-link-row]");
  const linkInput = linkRow.querySelector("input");
  const label = document.querySelector(`label[for="${CSS.escape(area.id)}"]`);
  const buttons = [...toolbar.querySelectorAll("[data-do]")];
  label.id ||= `${area.id}_label`;

  const closeLink = () => { linkRow.hidden = true; editor.commands.focus(); };
  const openLink = () => {
    linkInput.value = editor.getAttributes("link").href ?? "";
    linkRow.hidden = false;
    linkInput.select();
    return true;
  };
  const applyLink = () => {
    const text = linkInput.value.trim();
    const chain = editor.chain().focus().extendMarkRange("link");
    (text ? chain.setLink({ href: address(text) }) : chain.unsetLink()).run();
    linkRow.hidden = true;
  };
  const refresh = () => {
    for (const button of buttons) {
      const name = button.dataset.do;
      if (name === "undo" || name === "redo") button.disabled = !editor.can()[name]();
      else button.setAttribute("aria-pressed", editor.isActive(name));
    }
  };

  const attributes = { class: "rich", role: "textbox", "aria-multiline": "true", "aria-labelledby": label.id };
  for (const name of ["aria-describedby", "aria-invalid"]) if (area.hasAttribute(name)) attributes[name] = area.getAttribute(name);
  const host = document.createElement("div");
  area.before(host);
  const editor = new tiptap.Editor({
    element: host,
    injectCSS: false,
    extensions: extensions(tiptap, openLink),
    content: area.value,
    editable: !area.disabled,
    // The CSP would block pasted styles and handlers anyway; without them it has nothing to report.
    editorProps: { attributes, transformPastedHTML: (html) => html.replace(/\s(?:style|on\w+)=(?:"[^"]*"|'[^']*'|[^\s>]+)/gi, "") },
    onUpdate: () => {
      area.value = editor.isEmpty ? "" : editor.getHTML();
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
    onTransaction: () => refresh(),
  });
  editors.add(editor);
  area.hidden = true;
  toolbar.hidden = false;
  refresh();

  label.addEventListener("click", (event) => { event.preventDefault(); editor.commands.focus(); });
  frame.addEventListener("insertText", ({ detail }) => editor.chain().focus().insertContent({ type: "text", text: detail }).run());
  toolbar.addEventListener("click", ({ target }) => {
    const wanted = target.closest("[data-do]")?.dataset.do;
    if (wanted === "link") openLink();
    else if (wanted) commands[wanted](editor.chain().focus()).run();
  });
  linkRow.addEventListener("click", ({ target }) => {
    if (target.closest("[data-apply]")) applyLink();
    if (target.closest("[data-cancel]")) closeLink();
  });
  linkInput.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); applyLink(); }
    if (event.key === "Escape") { event.preventDefault(); closeLink(); }
  });
}

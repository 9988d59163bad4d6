// Beside the texts of messages: fields to insert, what an SMS costs as one types, and how it reads with sample values.
// It counts and fills as the server does (workflows/channels/units.py, workflows/merge.py); without it the server says
// the same at every press of a button.
const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("\f^{}\\[~]|€");
const FIELD = /\{\{(?:\s|&nbsp;)*([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)(?:\s|&nbsp;)*\}\}/g;
const PLACE = /\{\{\s*(\d+)\s*\}\}/g;
const TAGS = new Set(["P", "BR", "STRONG", "B", "EM", "I", "UL", "OL", "LI"]);
const CHIPS = 3;
const MOST_UNITS = 10;

// {units, characters, room, culprit} of a text (3GPP TS 23.038).
export const count = (text) => {
  const letters = [...text];
  const culprit = letters.find((one) => !BASIC.has(one) && !EXTENDED.has(one)) ?? "";
  const [alone, joined] = culprit ? [70, 67] : [160, 153];
  const size = (one) => (culprit ? one.length : EXTENDED.has(one) ? 2 : 1);
  const characters = letters.reduce((sum, one) => sum + size(one), 0);
  if (characters <= alone) return { units: 1, characters, room: alone, culprit };
  let units = 1, left = joined;
  for (const one of letters) {
    if (size(one) > left) { units += 1; left = joined; }
    left -= size(one);
  }
  return { units, characters, room: joined, culprit };
};
export const render = (text, fields) => text.replace(FIELD, (_all, key) => (Object.hasOwn(fields, key) ? fields[key] : ""));
export const asText = (text, fields) => render(text, fields).trim();
const readable = (sign) => (/[\p{Z}\p{Cc}\p{Cf}]/u.test(sign) ? `U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}` : sign);

const say = (words, values) => words.replace(/%\((\w+)\)s/g, (_all, key) => values[key]);
const make = (tag, css = "", text = "") => {
  const made = document.createElement(tag);
  if (css) made.className = css;
  made.textContent = text;
  return made;
};
const areas = () => [...document.querySelectorAll("[data-composer]")];
const fieldsOf = (area) => JSON.parse(area.dataset.fields ?? "{}");
let last = null; // the text that was written in last, for the fields that stand beside all of them

/* Fields to insert. */
const insert = (area, key) => {
  const field = `{{ ${key} }}`;
  if (area.hidden) { // rich.js stands in its place
    area.closest("[data-rich]").dispatchEvent(new CustomEvent("insertText", { detail: field }));
    return;
  }
  area.setRangeText(field, area.selectionStart, area.selectionEnd, "end");
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
};
const chip = (key, title, onClick) => {
  const button = Object.assign(make("button", "chip", key), { type: "button", title });
  button.addEventListener("click", onClick);
  return button;
};
const chipsFor = (area, words) => {
  const row = make("header");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", words.insert);
  const fields = fieldsOf(area), keys = Object.keys(fields);
  const chips = (some) => some.map((key) => chip(key, fields[key], () => insert(area, key)));
  row.append(...chips(keys.slice(0, CHIPS)));
  if (keys.length > CHIPS) {
    const more = Object.assign(make("button", "btn btn-quiet btn-more", `${words.more} (${keys.length})`), { type: "button" });
    more.addEventListener("click", () => {
      const rest = chips(keys.slice(CHIPS));
      more.replaceWith(...rest);
      rest[0].focus();
    });
    row.append(more);
  }
  return row;
};
const listed = (name) => { // the list of all fields: each goes into the text that was written in last
  const key = name.dataset.field;
  const into = () => (last?.isConnected ? last : areas().find((area) => area.tagName === "TEXTAREA"));
  name.replaceChildren(chip(key, name.textContent, () => into() && insert(into(), key)));
  delete name.dataset.field;
};

/* What it costs. */
const counterFor = (area, words) => {
  const foot = make("footer"), cost = make("b", "strong"), why = make("span", "soft"), meter = make("progress", "meter meter-short");
  meter.setAttribute("aria-label", words.meter);
  foot.append(cost, why, meter);
  const show = () => {
    const found = count(asText(area.value, fieldsOf(area)));
    cost.textContent = say(found.units === 1 ? words.one : words.many, found);
    why.textContent = found.units > MOST_UNITS ? say(words.most, { most: MOST_UNITS })
      : found.culprit ? say(words.culprit, { culprit: readable(found.culprit) }) : "";
    Object.assign(meter, { max: found.room * found.units, value: found.characters });
  };
  area.addEventListener("input", show);
  show();
  return foot;
};

/* How it reads. Only text and plain marks get into the page, whatever was pasted. */
const BARE = [/<([a-z]+)\s[^>]*>/gi, "<$1>"]; // attributes are not needed, and the CSP would report some
const lines = (text) => text.split("\n").flatMap((line, number) => (number ? [make("br"), line] : [line]));
const copied = (node, fields) => {
  if (node.nodeType === Node.TEXT_NODE) return [render(node.data, fields)];
  const inside = [...node.childNodes].flatMap((one) => copied(one, fields));
  if (node.tagName === "A") { const link = make("a"); link.append(...inside); return [link]; }
  if (!TAGS.has(node.tagName)) return inside;
  const mark = make(node.tagName);
  mark.append(...inside);
  return [mark];
};
const written = (area, fields) => {
  const form = area.form, prefix = area.name.match(/^action-\d+-/)[0];
  const approved = JSON.parse(form[`${prefix}parameters`]?.dataset.approved ?? "{}")[form[`${prefix}template`]?.value];
  if (!approved) return asText(form[`${prefix}body`].value, fields);
  const given = form[`${prefix}parameters`].value.split("\n").map((line) => render(line, fields));
  return approved.replace(PLACE, (_all, number) => given[number - 1] ?? "");
};
const mirror = ({ target: area }) => {
  const number = area.name?.match(/^action-(\d+)-(subject|body|parameters|template)$/)?.[1];
  const shown = number && document.querySelector(`[data-preview="${number}"]`);
  if (!shown) return;
  const fields = fieldsOf(area.form[`action-${number}-body`]);
  const at = (part) => shown.querySelector(`[data-part=${part}]`);
  shown.hidden = false;
  if (area.name.endsWith("subject")) at("subject").textContent = render(area.value, fields);
  else if (at("html")) at("html").replaceChildren(...copied(new DOMParser().parseFromString(area.value.replace(...BARE), "text/html").body, fields));
  else at("text").replaceChildren(...lines(written(area, fields)));
  at("units")?.remove(); // the server’s count, which stands below the text now
};

const mount = (area) => {
  if (area.dataset.mounted || area.tagName !== "TEXTAREA") return;
  area.dataset.mounted = "yes";
  const words = JSON.parse(area.dataset.words);
  let frame = area.closest(".composer");
  if (!frame) {
    frame = make("div", "composer");
    area.before(frame);
    frame.append(area);
  }
  frame.prepend(chipsFor(area, words));
  if (area.dataset.channel === "sms") frame.append(counterFor(area, words));
};
const mountAll = () => {
  areas().forEach(mount);
  document.querySelectorAll("[data-field]").forEach(listed);
};
document.addEventListener("focusin", ({ target }) => {
  last = target.closest("[data-composer]") ?? target.closest(".composer")?.querySelector("[data-composer]") ?? last;
});
document.addEventListener("input", mirror);
document.addEventListener("htmx:afterSettle", mountAll);
mountAll();

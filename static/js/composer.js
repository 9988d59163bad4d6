// Beside the texts of messages: fields to insert, what an SMS costs as one types, and how it reads with sample values.
// The server counts and fills by the same rules (workflows/channels/units.py, workflows/merge.py); without this script it
// does so at every press of a button.
const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
  "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const EXTENDED = new Set("\f^{}\\[~]|€");
const FIELD = /\{\{\s*([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\s*\}\}/g;
const CHIPS = 3;

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

export const render = (text, fields) => text.replace(FIELD, (_all, key) => fields[key] ?? "");

const say = (words, values) => words.replace(/%\((\w+)\)s/g, (_all, key) => values[key]);
const make = (tag, css, text = "") => Object.assign(document.createElement(tag), { className: css, textContent: text });
let last = null; // the text that was written in last, for fields that stand beside it

const insert = (area, key) => {
  const field = `{{ ${key} }}`;
  const rich = area.closest(".composer")?.querySelector("[contenteditable]");
  if (rich && area.hidden) {
    rich.focus();
    document.execCommand("insertText", false, field); // as if it were typed, so that the editor knows of it
    return;
  }
  area.setRangeText(field, area.selectionStart, area.selectionEnd, "end");
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
};

const chipsFor = (area, fields, words) => {
  const row = make("header", "");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", words.insert);
  const keys = Object.keys(fields);
  const chip = (key) => {
    const button = make("button", "chip", key);
    Object.assign(button, { type: "button", title: fields[key] });
    button.addEventListener("click", () => insert(area, key));
    return button;
  };
  row.append(...keys.slice(0, CHIPS).map(chip));
  if (keys.length > CHIPS) {
    const more = make("button", "btn btn-quiet btn-more", `${words.more} (${keys.length})`);
    more.type = "button";
    more.addEventListener("click", () => more.replaceWith(...keys.slice(CHIPS).map(chip)));
    row.append(more);
  }
  return row;
};

const counterFor = (area, fields, words) => {
  const foot = make("footer", ""), cost = make("b", "strong"), why = make("span", "soft");
  foot.append(cost, why);
  const show = () => {
    const found = count(render(area.value, fields));
    cost.textContent = say(found.units === 1 ? words.one : words.many, found);
    why.textContent = found.culprit ? say(words.culprit, found) : "";
  };
  area.addEventListener("input", show);
  show();
  return foot;
};

const mirror = (area, fields) => {
  const number = area.name.match(/^action-(\d+)-body$/)?.[1];
  const shown = number && document.querySelector(`.bubble[data-preview="${number}"]`);
  if (shown) area.addEventListener("input", () => { shown.textContent = render(area.value, fields); shown.classList.add("is-live"); });
};

const mount = (area) => {
  if (area.dataset.mounted) return;
  area.dataset.mounted = "yes";
  const fields = JSON.parse(area.dataset.fields ?? "{}"), words = JSON.parse(area.dataset.words ?? "{}");
  area.addEventListener("focus", () => { last = area; });
  if (area.tagName !== "TEXTAREA") return;
  let frame = area.closest(".composer");
  if (!frame) {
    frame = make("div", "composer");
    area.before(frame);
    frame.append(area);
  }
  frame.prepend(chipsFor(area, fields, words));
  if (area.dataset.channel === "sms") frame.append(counterFor(area, fields, words));
  mirror(area, fields);
};

const mountAll = () => document.querySelectorAll("[data-composer]").forEach(mount);
document.addEventListener("click", ({ target }) => {
  const beside = target.closest("[data-insert]");
  if (beside && last?.isConnected) insert(last, beside.dataset.insert);
});
document.addEventListener("htmx:afterSettle", mountAll);
mountAll();

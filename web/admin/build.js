// Builds what is seen from the page's templates. All that comes from the API goes in as text.

/** stamp returns a copy of a template's element, with its slots filled. */
export function stamp(id, slots = {}) {
  const made = document.getElementById(id).content.cloneNode(true);
  const element = made.childElementCount === 1 ? made.firstElementChild : made;
  fill(element, slots);
  return element;
}

/** fill puts texts or nodes into the slots of an element that are named so. */
export function fill(element, slots) {
  for (const [name, content] of Object.entries(slots)) {
    slot(element, name).replaceChildren(...[content].flat());
  }
}

/** slot returns the place of an element that is filled under a name. */
export const slot = (element, name) => element.querySelector(`[data-slot="${name}"]`);

/** on has a function called where a button of an element is pressed. */
export const on = (element, act, called) => element.querySelector(`[data-act="${act}"]`).addEventListener("click", called);

/** element returns a new one with a text in it. */
export function element(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

/** link leads to a view. */
export function link(text, ...steps) {
  const made = element("a", text);
  made.dir = "auto";
  made.href = address(...steps);
  return made;
}

/** address is where a view is. */
export const address = (...steps) => "#/" + steps.map(encodeURIComponent).join("/");

const shown = 10; // values at once; an entry may have 1,000

/** values shows the values of an entry, in their order; null is no entry at all. */
export function values(list) {
  if (list === null) return element("span", "none", "quiet");
  if (list.length === 0) return element("span", "no value", "quiet");
  const made = document.createElement("div");
  made.append(some(list.slice(0, shown)));
  if (list.length > shown) {
    const rest = document.createElement("details");
    rest.append(element("summary", `${list.length - shown} more`), some(list.slice(shown)));
    made.append(rest);
  }
  return made;
}

function some(list) {
  const made = document.createElement("ul");
  made.className = "values";
  for (const value of list) {
    const item = element("li", value);
    item.dir = "auto";
    if (value === "") item.append(element("span", "empty text", "quiet"));
    made.append(item);
  }
  return made;
}

/** counted is a number with the word for that many. */
export const counted = (n, one, many) => `${n} ${n === 1 ? one : many}`;

/** tell shows a message in an element, or hides it. */
export function tell(element, message = "") {
  element.hidden = message === "";
  element.textContent = message;
}

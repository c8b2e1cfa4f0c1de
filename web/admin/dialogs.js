// Questions in dialogs. Escape and Cancel answer nothing, and the focus goes back to where it was.
import { Refusal } from "./api.js";
import { fill, on, slot, stamp, tell } from "./build.js";

/**
 * open shows a dialog. It returns what act does with its form, or undefined where it was closed
 * without. A refusal by the API is shown in the dialog, which stays; one of the token ends it.
 */
export function open(dialog, act = () => true) {
  document.body.append(dialog);
  const { promise, resolve, reject } = Promise.withResolvers();
  let busy = false;
  const end = (settle, outcome) => {
    dialog.close(); // first, so that the focus goes back before the view is drawn anew
    dialog.remove();
    settle(outcome);
  };
  on(dialog, "cancel", () => end(resolve));
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    end(resolve);
  });
  dialog.querySelector("form")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    const problem = slot(dialog, "problem");
    try {
      if (problem) tell(problem);
      end(resolve, await act());
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.status === 401 || !problem) end(reject, refusal);
      else tell(problem, refusal.message);
    }
    busy = false;
  });
  dialog.showModal();
  return promise;
}

/** confirm asks whether to do what cannot be undone, and does it. */
export function confirm(title, who, text, word, act) {
  const dialog = stamp("confirm", { title, who, text, do: word });
  return open(dialog, act);
}

/** editor returns fields for several values, with a function that reads them. */
export function editor(values) {
  const fields = stamp("value-fields");
  const items = fields.querySelector("ol");
  const changed = () => {
    slot(fields, "none").hidden = items.childElementCount > 0;
    [...items.children].forEach((item, i) => {
      item.querySelector("input, textarea").setAttribute("aria-label", `Value ${i + 1}`);
      item.querySelector("button").setAttribute("aria-label", `Take out value ${i + 1}`);
    });
  };
  const add = (value) => {
    const item = stamp("value-field");
    // One line has a field that keeps it to the letter; where there are more, what is not edited stays.
    const field = document.createElement(/[\r\n]/.test(value ?? "") ? "textarea" : "input");
    field.value = value ?? "";
    field.dir = "auto";
    field.autocomplete = "off";
    field.required = value !== "";
    const untouched = field.value;
    field.read = () => (field.value === untouched && value !== undefined ? value : field.value);
    item.prepend(field);
    on(item, "drop", () => {
      const next = item.nextElementSibling ?? item.previousElementSibling;
      item.remove();
      changed();
      (next?.querySelector("input, textarea") ?? fields.querySelector('[data-act="add"]')).focus();
    });
    items.append(item);
    changed();
    return field;
  };
  for (const value of values) add(value);
  on(fields, "add", () => add().focus());
  changed();
  const read = () => [...items.querySelectorAll("input, textarea")].map((field) => field.read());
  return { fields, read, add };
}

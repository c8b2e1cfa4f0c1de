// People and groups are picked by what they are called.
import { search } from "./api.js";
import { counted, fill, slot, stamp } from "./build.js";
import { open } from "./dialogs.js";

// What a kind is called, and what is seen of one.
const kinds = {
  users: {
    label: "Search by name or e-mail", one: "person", many: "people", title: "Set for whom?",
    named: (user) => user.email,
    detail: (user) => [user.firstName, user.lastName, user.isActive ? "" : "(inactive)"].filter(Boolean).join(" "),
    uuid: (user) => user.userUuid,
  },
  groups: {
    label: "Search by name", one: "group", many: "groups", title: "Set for which group?",
    named: (group) => group.name,
    detail: () => "",
    uuid: (group) => group.uuid,
  },
};

/** detail is what is told of a person beside the e-mail. */
export const detail = kinds.users.detail;

/** picker lets a person or a group ("users", "groups") be found, and calls choose with it. */
export function picker(app, kind, choose) {
  const { label, one, many, named, detail, uuid } = kinds[kind];
  const view = stamp("picker", { label });
  const field = view.querySelector("input");
  let running = new AbortController();
  const look = () => app.act(async () => {
    running.abort();
    running = new AbortController();
    const { found, total } = await search(kind, field.value, running.signal);
    const items = found.map((each) => {
      const item = stamp("found", { name: named(each), detail: detail(each) });
      item.querySelector("button").addEventListener("click", () => choose({ uuid: uuid(each), who: named(each) }, each));
      return item;
    });
    view.querySelector("ul").replaceChildren(...items);
    fill(view, { count: found.length < total ? `The first ${found.length} of ${counted(total, one, many)}` : counted(total, one, many) });
  }, slot(view, "problem"));
  field.addEventListener("input", look);
  look();
  return view;
}

/** pick asks in a dialog for a person or a group, and returns its uuid and what it is called. */
export async function pick(app, kind) {
  let picked;
  const dialog = stamp("pick", { title: kinds[kind].title });
  fill(dialog, {
    picker: picker(app, kind, (chosen) => {
      picked = chosen;
      dialog.querySelector('[data-act="cancel"]').click();
    }),
  });
  await open(dialog);
  return picked;
}

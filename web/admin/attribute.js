// One attribute: who has which value, and what can be done about it.
import { all, at, attribute, call } from "./api.js";
import { address, counted, element, link, on, stamp, values } from "./build.js";
import { askFor } from "./attributes.js";
import { change, put, withEntry } from "./changes.js";
import { confirm, editor, open } from "./dialogs.js";
import { list } from "./list.js";
import { pick } from "./picker.js";
import { known } from "./person.js";

// The entries of users and of groups differ in their names.
const user = ({ userUuid, email, values }) => ({ list: "users", key: "userUuid", uuid: userUuid, kind: "Person", who: email, values });
const group = ({ groupUuid, values }, groups) => ({ list: "groups", key: "groupUuid", uuid: groupUuid, kind: "Group", who: groups.get(groupUuid)?.name ?? groupUuid, values });

/** attributeView shows one attribute. */
export async function attributeView(app, uuid) {
  const seen = await attribute(uuid);
  const one = seen.attribute;
  const groups = one.groups.length > 0 ? await all("groups") : new Map();
  const entries = [...one.users.map(user), ...one.groups.map((each) => group(each, groups))];
  for (const { userUuid, email } of one.users) if (!known.has(userUuid)) known.set(userUuid, { email });

  const view = stamp("attribute", { name: one.name, description: one.description ?? "", default: values(one.attributeDefaults), created: one.createdAt.slice(0, 10) });
  // done draws anew what was changed, or what it was left as; nothing, where the person thought better of it.
  const done = (changed, notice, focus) => changed !== undefined && app.redraw(changed ? notice : "It was left as it is now.", focus);

  const set = (entry) => app.act(async () => {
    const { fields, read, add } = editor(entry.values ?? []);
    if (!entry.values) add();
    const dialog = stamp("set", { title: entry.values ? "Change the value of" : "Set a value for", who: entry.who, fields });
    const changed = await open(dialog, () => {
      const values = read();
      return change(seen, {
        wanted: (base) => withEntry(base, entry, values),
        send: (_, version) => call("PUT", at(uuid, entry.list, entry.uuid), { version, body: { values } }),
      });
    });
    done(changed, "The value was set.", row(entry) + ' [data-act="set"]');
  });
  const clear = (entry) => app.act(async () => {
    const changed = await confirm("Clear the value of", entry.who, "What their groups have is in effect for them then, or else the default.", "Clear", () =>
      change(seen, {
        wanted: (base) => withEntry(base, entry, null),
        send: (_, version) => call("DELETE", at(uuid, entry.list, entry.uuid), { version }),
      }));
    done(changed, "The value was cleared.", "h2");
  });
  const choose = (kind, made) => app.act(async () => {
    const picked = await pick(app, kind);
    if (picked) set(entries.find((entry) => entry.list === kind && entry.uuid === picked.uuid) ?? { ...made, ...picked, values: null });
  });

  list(view, app.place, {
    rows: entries,
    texts: (entry) => [entry.who, ...entry.values],
    build(entry) {
      const who = entry.list === "users" ? link(entry.who, "people", entry.uuid) : element("bdi", entry.who);
      const made = stamp("entry-row", { kind: entry.kind, who, values: values(entry.values) });
      made.dataset.entry = entry.list + " " + entry.uuid;
      on(made, "set", () => set(entry));
      on(made, "clear", () => clear(entry));
      for (const button of made.querySelectorAll("button")) button.setAttribute("aria-label", `${button.textContent} ${entry.who}`);
      return made;
    },
    one: "entry", many: "entries",
  });
  on(view, "user", () => choose("users", user({})));
  on(view, "group", () => choose("groups", group({}, groups)));
  on(view, "edit", () => app.act(async () => {
    const changed = await askFor("Edit attribute", one, (wanted) => change(seen, { wanted: (base) => ({ ...base, ...wanted }), send: put }));
    done(changed, "The attribute was changed.", '[data-act="edit"]');
  }));
  on(view, "remove", () => app.act(async () => {
    const has = `${counted(one.users.length, "person has", "people have")} a value of it, and ${counted(one.groups.length, "group", "groups")}.`;
    const removed = await confirm("Remove", one.name, `${has} All of that goes with it, for good.`, "Remove", () =>
      change(seen, { wanted: () => null, send: (_, version) => call("DELETE", at(uuid), { version }) }));
    if (removed) app.go(address(), "The attribute was removed.");
    else done(removed);
  }));
  return view;
}

const row = (entry) => `[data-entry="${entry.list} ${entry.uuid}"]`;

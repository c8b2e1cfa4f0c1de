// Changes of one attribute, none of which overwrites what the person has not seen.
import { Refusal, all, at, attribute, call } from "./api.js";
import { element, slot, stamp, tell, values } from "./build.js";
import { open } from "./dialogs.js";

/**
 * change makes one change of an attribute. wanted returns an attribute with the change made, null
 * for one that is removed; send makes it on the server, on a version. Where somebody else's change
 * came first, the person sees what changed and chooses. It returns whether the change was made.
 */
export async function change(seen, { wanted, send }) {
  const mine = wanted(seen.attribute);
  for (let base = seen; ; ) {
    try {
      await send(wanted(base.attribute), base.version);
      return true;
    } catch (refusal) {
      if (!(refusal instanceof Refusal) || refusal.status !== 412) throw refusal;
    }
    base = await attribute(seen.attribute.uuid);
    const groups = await all("groups");
    if (!(await insist(seen.attribute, mine, base.attribute, (uuid) => groups.get(uuid)?.name ?? uuid))) return false;
  }
}

const most = 100; // rows that are shown of what changed

/** insist shows what an attribute was, was to be and is, and asks whether to change it all the same. */
function insist(before, mine, now, names) {
  const [were, yours, are] = [before, mine, now].map((one) => parts(one, names));
  const rows = [];
  for (const key of new Set([...were.keys(), ...yours.keys(), ...are.keys()])) {
    const [was, your, is] = [were, yours, are].map((of) => of.get(key)?.values ?? null);
    if (same(was, is) && same(was, your)) continue;
    const { what } = were.get(key) ?? are.get(key) ?? yours.get(key);
    rows.push(stamp("changed-row", { what, before: values(was), yours: mine ? values(your) : element("span", "removed", "quiet"), now: values(is) }));
  }
  const dialog = stamp("changed", { text: "Your change was not made, since the attribute is no longer as it was when you opened it." });
  dialog.querySelector("tbody").append(...rows.slice(0, most));
  if (rows.length > most) tell(slot(dialog, "more"), `and ${rows.length - most} more`);
  return open(dialog);
}

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** parts returns what there is to compare of an attribute, by a key of its own each. */
function parts(one, names) {
  const found = new Map();
  if (one === null) return found;
  found.set("name", { what: "Name", values: [one.name] });
  if (one.description) found.set("description", { what: "Description", values: [one.description] });
  if (one.attributeDefaults) found.set("default", { what: "Default", values: one.attributeDefaults });
  for (const user of one.users) found.set("user " + user.userUuid, { what: user.email, values: user.values });
  for (const group of one.groups) found.set("group " + group.groupUuid, { what: names(group.groupUuid), values: group.values });
  return found;
}

/** put updates an attribute wholly. */
export const put = (wanted, version) => call("PUT", at(wanted.uuid), { version, body: body(wanted) });

/** body is what a create or an update sends of an attribute. */
export const body = ({ name, description, attributeDefaults, users, groups }) => ({
  name, description, attributeDefaults,
  users: users.map(({ userUuid, values }) => ({ userUuid, values })),
  groups: groups.map(({ groupUuid, values }) => ({ groupUuid, values })),
});

/** withEntry returns an attribute in which one user or group has these values; null is no entry. */
export function withEntry(one, entry, values) {
  const { list, key } = entry;
  const others = one[list].filter((other) => other[key] !== entry.uuid);
  return { ...one, [list]: values === null ? others : [...others, { [key]: entry.uuid, email: entry.who, values }] };
}

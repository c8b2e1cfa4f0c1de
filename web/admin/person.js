// People, and what is in effect for one of them.
import { all, call } from "./api.js";
import { address, element, link, slot, stamp, values } from "./build.js";
import { list } from "./list.js";
import { detail, picker } from "./picker.js";

/** known are the people that were seen, by uuid: the API has no call for one of them. */
export const known = new Map();

/** peopleView lets a person be found. */
export function peopleView(app) {
  const choose = ({ uuid }, user) => {
    known.set(uuid, user);
    app.go(address("people", uuid));
  };
  return stamp("people", { picker: picker(app, "users", choose) });
}

/** personView shows the values in effect for a person, and where each comes from. */
export async function personView(app, uuid) {
  const { results } = await call("GET", `users/${encodeURIComponent(uuid)}/attributes`);
  if (!known.get(uuid)?.userUuid) for (const [each, user] of await all("users")) known.set(each, user);
  const user = known.get(uuid);
  const rows = results.flatMap(bySource);
  const groups = rows.some((row) => row.groupUuid) ? await all("groups") : new Map();
  const from = ({ source, groupUuid }) =>
    ({ user: "own value", default: "default" })[source] ?? (source === "group" ? groups.get(groupUuid)?.name ?? groupUuid : "");
  const view = stamp("person", { name: user.email, detail: detail(user) });
  list(view, app.place, {
    rows,
    texts: (row) => [row.name, ...row.values, from(row)],
    build(row) {
      const made = stamp("effect-row", { values: values(row.source ? row.values : null), from: origin(row, from(row)) });
      slot(made, "name").replaceWith(link(row.name, "attributes", row.userAttributeUuid));
      return made;
    },
    one: "row", many: "rows",
  });
  return view;
}

/** bySource returns a row for each place that an attribute's values come from; one where there is none. */
function bySource({ name, userAttributeUuid, values }) {
  const rows = new Map();
  for (const { source, groupUuid, value } of values) {
    const key = source + groupUuid;
    if (!rows.has(key)) rows.set(key, { name, userAttributeUuid, source, groupUuid, values: [] });
    rows.get(key).values.push(value);
  }
  return rows.size > 0 ? [...rows.values()] : [{ name, userAttributeUuid, values: [] }];
}

function origin({ source }, text) {
  return source === "group" ? ["group ", element("bdi", text)] : text;
}

// All attributes, and the form for one.
import { attributes, call } from "./api.js";
import { address, link, on, slot, stamp, values } from "./build.js";
import { body } from "./changes.js";
import { editor, open } from "./dialogs.js";
import { list } from "./list.js";

/** attributesView shows all attributes of the organization. */
export async function attributesView(app) {
  const view = stamp("attributes");
  list(view, app.place, {
    rows: await attributes(),
    texts: (one) => [one.name, one.description ?? ""],
    build(one) {
      const row = stamp("attribute-row", { description: one.description ?? "", default: values(one.attributeDefaults), users: one.users.length, groups: one.groups.length });
      slot(row, "name").replaceWith(link(one.name, "attributes", one.uuid));
      return row;
    },
    one: "attribute", many: "attributes",
  });
  on(view, "create", () => app.act(async () => {
    const fresh = { name: "", description: "", attributeDefaults: null, users: [], groups: [] };
    const created = await askFor("New attribute", fresh, (wanted) => call("POST", "attributes", { body: body({ ...fresh, ...wanted }) }));
    if (created) app.go(address("attributes", created.results.uuid), "The attribute was created.");
  }));
  return view;
}

/** askFor asks for name, description and default, and has those sent that are not as they were. */
export function askFor(title, one, send) {
  const { fields, read } = editor(one.attributeDefaults ?? []);
  const dialog = stamp("edit", { title, fields });
  const { name, description } = dialog.querySelector("form").elements;
  name.value = one.name;
  description.value = one.description ?? "";
  return open(dialog, () => {
    const wanted = {};
    if (name.value !== one.name) wanted.name = name.value;
    if (description.value !== (one.description ?? "")) wanted.description = description.value;
    const defaults = read();
    if (JSON.stringify(defaults) !== JSON.stringify(one.attributeDefaults ?? [])) wanted.attributeDefaults = defaults.length > 0 ? defaults : null;
    return send(wanted);
  });
}

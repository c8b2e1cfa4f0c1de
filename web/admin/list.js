// A table of many rows, searched and paged in the browser.
import { counted, fill, on, slot, stamp } from "./build.js";

const pageSize = 50;

/**
 * list fills the table of a view. Rows are anything; texts(row) is what is searched, and build(row)
 * makes the table's row, when it is seen. What is sought and the page are kept in place, so that a
 * view that is drawn anew shows what it did.
 */
export function list(view, place, { rows, texts, build, one, many }) {
  const field = view.querySelector("input[type=search]");
  const pages = slot(view, "pages");
  let found;
  const last = () => Math.max(0, Math.ceil(found.length / pageSize) - 1);
  pages.replaceChildren(stamp("pages"));
  const [previous, next] = pages.querySelectorAll("button");
  const show = () => {
    place.page = Math.min(Math.max(place.page, 0), last());
    const { page } = place;
    view.querySelector("tbody").replaceChildren(...found.slice(page * pageSize, (page + 1) * pageSize).map(build));
    view.querySelector("table").hidden = found.length === 0;
    pages.hidden = last() === 0;
    fill(view, {
      count: found.length === rows.length ? counted(rows.length, one, many) : `${found.length} of ${counted(rows.length, one, many)}`,
      here: `Page ${page + 1} of ${last() + 1}`,
    });
    // A button that cannot be pressed stays where it is: who pressed it keeps their place.
    previous.setAttribute("aria-disabled", page === 0);
    next.setAttribute("aria-disabled", page === last());
  };
  const turn = (by) => () => {
    place.page += by;
    show();
  };
  const search = () => {
    const sought = place.sought.toLowerCase();
    found = rows.filter((row) => texts(row).some((text) => text.toLowerCase().includes(sought)));
    show();
  };
  on(view, "previous", turn(-1));
  on(view, "next", turn(1));
  field.value = place.sought;
  field.addEventListener("input", () => {
    Object.assign(place, { sought: field.value, page: 0 });
    search();
  });
  search();
}

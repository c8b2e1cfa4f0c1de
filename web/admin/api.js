// Calls the API of the server that the page comes from, with the token that a person gave.

const key = "attributed-token"; // in the storage of this tab: no cookie, no address

/** Refusal is an answer other than success, or none at all. Its message is for the person. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status; // 0 where there was no answer
  }
}

export const signedIn = () => sessionStorage.getItem(key) !== null;
export const signIn = (token) => sessionStorage.setItem(key, token);
export const signOut = () => sessionStorage.removeItem(key);

const positionHeader = "X-Attributed-Position";
let position = ""; // as the last change was answered: what is read then has it, also where a server reads from replicas

/**
 * call makes one call and returns what the answer holds: results, and the version of the attribute
 * that they are. With a version, the change is made only while the attribute is in it.
 */
export async function call(method, path, { body, version, signal } = {}) {
  const headers = new Headers();
  try {
    headers.set("Authorization", "ApiKey " + sessionStorage.getItem(key));
  } catch {
    throw new Refusal(401, "A token has only letters, digits and the like: this is none.");
  }
  if (body !== undefined) headers.set("Content-Type", "application/json");
  if (version) headers.set("If-Match", version);
  if (position) headers.set(positionHeader, position);
  let answer, content;
  try {
    answer = await fetch(new URL("api/v1/org/" + path, document.baseURI), {
      method, headers, signal, body: body && JSON.stringify(body), cache: "no-store",
    });
    position = answer.headers.get(positionHeader) ?? position;
    content = await answer.json();
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new Refusal(answer ? answer.status : 0, answer ? `The server’s answer (${answer.status}) cannot be read.` : "The server cannot be reached. Nothing is known of whether a change was made.");
  }
  if (!answer.ok) throw new Refusal(answer.status, content.error?.message ?? `The server answered ${answer.status}.`);
  return { results: content.results, version: answer.headers.get("ETag") };
}

/** attributes returns all attributes of the organization. */
export const attributes = async () => (await call("GET", "attributes")).results;

/** attribute returns one attribute, with its version. */
export async function attribute(uuid) {
  const { results, version } = await call("GET", at(uuid));
  return { attribute: results, version };
}

/** at is the path of an attribute, or with more steps of a part of it. */
export const at = (...steps) => ["attributes", ...steps.map(encodeURIComponent)].join("/");

/** search returns the first people or groups ("users", "groups") that a text is found in, and how many there are. */
export async function search(kind, text, signal) {
  const query = new URLSearchParams({ page: 1, pageSize: 20, searchQuery: text });
  const { data, pagination } = (await call("GET", `${kind}?${query}`, { signal })).results;
  return { found: data, total: pagination.totalResults };
}

/** all returns all people or groups ("users", "groups") by their uuids. */
export async function all(kind) {
  const { data } = (await call("GET", kind + "?page=0")).results;
  return new Map(data.map((one) => [one.userUuid ?? one.uuid, one]));
}

// Shows the spec that this server serves, and sends calls to it.
"use strict";

// Swagger UI has its dark colors where the page says so, and not by what the person prefers.
const dark = matchMedia("(prefers-color-scheme: dark)");
const color = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", color);
color();

// withoutEmptyTags leaves out the tags of upstream's operations that are not served here.
const withoutEmptyTags = () => ({
  statePlugins: { spec: { wrapSelectors: {
    taggedOperations: (original) => (...given) => original(...given).filter((tag) => tag.get("operations").size > 0),
  } } },
});

// forEverybody mends what keeps people with a keyboard or a screen reader from using Swagger UI.
const forEverybody = ({ React: { createElement, Fragment }, specSelectors }) => ({
  wrapComponents: {
    // A link in a button: the button does what the link would.
    DeepLink: () => ({ text }) => createElement("span", null, text),
    // Between the title and the tags there is a level of headings.
    operations: (Original) => (given) => createElement(Fragment, null, createElement("h2", { className: "unseen" }, "Operations"), createElement(Original, given)),
    // All is in some region of the page.
    InfoContainer: (Original) => (given) => createElement("section", { "aria-label": "About the API" }, createElement(Original, given)),
    // A choice without a name, of one.
    ServersContainer: (Original) => (given) => specSelectors.servers().size > 1 ? createElement(Original, given) : null,
  },
});

// What its parts lack, by what is set then. Code that is longer than its frame can be scrolled by keys; a
// name holds what is read on the button.
const lacking = {
  "pre:not([tabindex])": { tabindex: 0 },
  ".dialog-ux:not([role])": { role: "dialog", "aria-modal": true, "aria-label": "Available authorizations" },
  ".dialog-ux h3:not([aria-level])": { "aria-level": 2 },
  ".dialog-ux h4:not([aria-level])": { "aria-level": 3 },
  ".dialog-ux h6:not([aria-level])": { "aria-level": 4 },
  ".close-modal:not([aria-label])": { "aria-label": "Close" },
  "[aria-label='Apply credentials']": { "aria-label": "Authorize" },
  "[aria-label='Remove authorization']": { "aria-label": "Logout" },
};
const operations = document.querySelector("#operations");
new MutationObserver(() => {
  for (const [selector, attributes] of Object.entries(lacking)) {
    for (const part of operations.querySelectorAll(selector)) {
      for (const [name, value] of Object.entries(attributes)) part.setAttribute(name, value);
    }
  }
}).observe(operations, { childList: true, subtree: true });

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: "none", // else the spec goes to a validator on the Internet
  plugins: [withoutEmptyTags, forEverybody],
  requestInterceptor(request) {
    const token = request.headers.Authorization; // as given to Authorize, where people paste the token alone
    if (token && !/^ApiKey /i.test(token)) request.headers.Authorization = "ApiKey " + token.trim();
    return request;
  },
});

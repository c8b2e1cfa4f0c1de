// Shows the spec that this server serves, and sends calls to it.
"use strict";

// withoutEmptyTags leaves out the tags of upstream's operations that are not served here.
const withoutEmptyTags = () => ({
  statePlugins: { spec: { wrapSelectors: {
    taggedOperations: (original) => (...given) => original(...given).filter((tag) => tag.get("operations").size > 0),
  } } },
});

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#operations",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: "none", // else the spec goes to a validator on the Internet
  plugins: [withoutEmptyTags],
  requestInterceptor(request) {
    const token = request.headers.Authorization; // as given to Authorize, where people paste the token alone
    if (token && !/^ApiKey /i.test(token)) request.headers.Authorization = "ApiKey " + token.trim();
    return request;
  },
});

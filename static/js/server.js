// Requests to our own server that are not htmx's: with the CSRF token, and answers as elements, never as HTML strings.

export const token = () => document.querySelector('meta[name="csrf-token"]').content;

export const post = (url, values = {}) =>
  fetch(url, {
    method: "POST",
    body: new URLSearchParams(values),
    headers: { "X-CSRFToken": token(), "HX-Request": "true" },
    keepalive: true, // a report survives the page that sent it
  });

export const fragment = async (response) => {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
};

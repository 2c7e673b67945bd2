// Requests to our own server that are not htmx's: with the CSRF token, and answers as elements, never as HTML strings.

export const clock = (seconds) => {
  if (!Number.isFinite(seconds)) return "0:00";
  const whole = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

export const tell = (name, detail = {}) => document.dispatchEvent(new CustomEvent(name, { detail }));

export const hear = (name, handler) => document.addEventListener(name, (event) => handler(event.detail, event));

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

export const storage = {
  // A browser that refuses to store anything still plays.
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      /* full or forbidden: nothing is resumed after a reload, no more */
    }
  },
};

// Copies the address in a field. Browsers give the clipboard to HTTPS and localhost only; elsewhere there is the old way.

const SHOWN = 3000; // milliseconds

const copied = async (field) => {
  field.select();
  if (!navigator.clipboard) return document.execCommand("copy");
  return navigator.clipboard.writeText(field.value).then(
    () => true,
    () => document.execCommand("copy"),
  );
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const words = button.querySelector("[aria-live]");
  words.textContent = (await copied(document.getElementById(button.dataset.copy))) ? "Copied" : "Press Ctrl+C";
  setTimeout(() => {
    words.textContent = "Copy";
  }, SHOWN);
});

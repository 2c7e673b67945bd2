// Dropping files onto the upload form, and how much of them is on its way.

const zone = () => document.querySelector("[data-drop]");

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const form = event.target.closest?.("[data-drop]");
    if (!form) return;
    event.preventDefault();
    form.classList.toggle("drop--over", name === "dragenter" || name === "dragover");
    if (name !== "drop" || !event.dataTransfer.files.length) return;
    form.querySelector('input[type="file"]').files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

document.addEventListener("change", (event) => {
  if (event.target.matches('[data-drop] input[type="file"]') && event.target.files.length) {
    event.target.form.requestSubmit();
  }
});

document.addEventListener("htmx:xhr:progress", (event) => {
  const bar = zone()?.querySelector("progress");
  if (!bar || !event.detail.lengthComputable) return;
  bar.hidden = false;
  bar.max = event.detail.total;
  bar.value = event.detail.loaded;
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("[data-drop]");
  if (!form) return;
  form.querySelector("progress").hidden = true;
  form.reset();
});

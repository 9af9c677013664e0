// Folded code is labelled "Toggle hidden content" and reads "Show code cell source": the text is the better name.
document.addEventListener("DOMContentLoaded", () => {
  for (const summary of document.querySelectorAll("details.hide > summary")) summary.removeAttribute("aria-label");
});

// The form on "How to run" that opens a lesson on the reader's own JupyterHub through nbgitpuller.
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("form.course-hub");
  if (!form) return;
  const { repository, branch } = document.querySelector('meta[name="course-notebooks"]').dataset;
  const notebook = new URLSearchParams(location.search).get("notebook");
  if (notebook) form.elements.notebook.value = notebook;
  try {
    form.elements.hub.value = localStorage.getItem("course-hub") || "";
  } catch {
    // a browser that keeps nothing for files opened from disk
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const hub = form.elements.hub.value.replace(/\/+$/, "");
    try {
      localStorage.setItem("course-hub", hub);
    } catch {
      // as above
    }
    const folder = repository.split("/").pop();
    const urlpath = `lab/tree/${folder}/${form.elements.notebook.value}`;
    location.href = `${hub}/hub/user-redirect/git-pull?${new URLSearchParams({ repo: repository, branch, urlpath })}`;
  });
});

// Runs before the first paint, from its own file because the page allows no inline script. The choice is kept by
// `platform/theme.ts`, which also takes over from here.
(() => {
  let choice = null;
  try {
    choice = localStorage.getItem("sovereign.theme");
  } catch {
    // Storage is closed to the page: the system's own theme stands.
  }
  const isDark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", isDark ? "#10151f" : "#f2eee7");
})();

// Runs before the first paint, from its own file because the page allows no inline script. The choices are kept by
// `platform/theme.ts` and `platform/preferences.ts`, which also take over from here.
(() => {
  const root = document.documentElement;
  const read = (key) => {
    try {
      return localStorage.getItem(`sovereign.${key}`);
    } catch {
      // Storage is closed to the page: the system's own theme stands.
      return null;
    }
  };
  const choice = read("theme");
  const isDark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = isDark ? "dark" : "light";
  root.dataset.text = read("text") ?? "normal";
  root.dataset.density = read("density") ?? "roomy";
  root.dataset.list = read("list") ?? "shown";
  document.querySelector('meta[name="theme-color"]')?.setAttribute("content", isDark ? "#10151f" : "#f2eee7");
})();

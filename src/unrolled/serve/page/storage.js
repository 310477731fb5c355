/** What a reload must not lose, by name, until this page is closed; where the browser keeps nothing, nothing is kept. */
export const storage = {
  get(name) {
    try {
      return sessionStorage.getItem(name);
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      sessionStorage.setItem(name, value);
    } catch { /* not allowed, or full */ }
  },
};

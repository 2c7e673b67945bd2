// What this browser remembers of its listener. One that refuses to store anything still plays.

export const storage = {
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

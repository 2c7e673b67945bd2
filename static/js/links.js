// Links whose address changes while they stand there. htmx reads the address of a link once, so it has to be told.

// Without an address it is no link.
export const lead = (link, address) => {
  if (address) link.href = address;
  else link.removeAttribute("href");
  window.htmx.process(link);
};

// What reprinting asks for: copies of what may be printed by half, if there is any, else of the last receipt.

export const again = ({ status, training }) =>
  status.printer.doubtful.length && !training ? { do: "doubtful", print: true } : { do: "reprint" };

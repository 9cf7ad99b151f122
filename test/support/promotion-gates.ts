/** The gates of a promotion, in the order in which a release passes them. */
export const promotionGates = [
  'preflight',
  'lint',
  'guard',
  'rehearse',
  'restore-point',
  'migrate',
  'candidate',
  'smoke',
  'flip',
  'accept',
];

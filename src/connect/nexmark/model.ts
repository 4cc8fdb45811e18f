/**
 * The event numbers of the Nexmark auction site (P. Tucker et al., "NEXMark - A Benchmark for Queries over Data
 * Streams"; numbers as in the generators of Apache Beam and nexmark/nexmark): of 50 events the first is a new person,
 * the next three are new auctions, the rest bids. Ids follow from the number of the event alone.
 */

const CYCLE = 50;
const AUCTIONS = 3;
export const FIRST_ID = 1000;
export const FIRST_CATEGORY = 10;
export const CATEGORIES = 5;
/** Auctions that are open at a time; people who bid; ids that are drawn although they come only later. */
const OPEN_AUCTIONS = 100;
const ACTIVE_PEOPLE = 1000;
const AHEAD = 10;
/** One auction, seller and bidder of so many gets most of the bids, sales and bidding. */
const HOT = 100;

/** 0: a new person, 1: a new auction, 2: a bid. */
export function typeOf(event: number): 0 | 1 | 2 {
  const rest = event % CYCLE;
  return rest === 0 ? 0 : rest <= AUCTIONS ? 1 : 2;
}

/** Number, from 0, of the last person that there is at an event. */
export const lastPerson = (event: number): number => Math.floor(event / CYCLE);

/** Number, from 0, of the last auction that there is at an event; -1: none. */
export function lastAuction(event: number): number {
  const cycle = Math.floor(event / CYCLE);
  const rest = event % CYCLE;
  if (rest === 0) return cycle * AUCTIONS - 1;
  return cycle * AUCTIONS + Math.min(rest - 1, AUCTIONS - 1);
}

export const hotPerson = (event: number): number => Math.floor(lastPerson(event) / HOT) * HOT;
export const hotAuction = (event: number): number => Math.floor(lastAuction(event) / HOT) * HOT;

/** A person of the last thousand, or one of the next ten. @param u in [0, 1) */
export function anyPerson(event: number, u: number): number {
  const people = lastPerson(event) + 1;
  const active = Math.min(people, ACTIVE_PEOPLE);
  return people - active + Math.floor(u * (active + AHEAD));
}

/** An auction of the last hundred, or one of the next ten. @param u in [0, 1) */
export function anyAuction(event: number, u: number): number {
  const last = lastAuction(event);
  const least = Math.max(last - OPEN_AUCTIONS, 0);
  return least + Math.floor(u * (last - least + 1 + AHEAD));
}

/** How the events lie in time. */
export interface Timing {
  /** us since 1970 */
  readonly base: number;
  /** Events a second of event time. */
  readonly rate: number;
  /** Events are shuffled within groups of so many; 1: they come in order. */
  readonly outOfOrder: number;
}

/** us since 1970 at which an event happens. */
export const timeOf = (event: number, { base, rate }: Timing): number => base + Math.floor((event * 1e6) / rate);

/** The number of the event that comes as row `n`; every event of a group comes once, as 953 is a prime. */
export function eventAt(n: number, { outOfOrder }: Timing): number {
  return Math.floor(n / outOfOrder) * outOfOrder + ((n * 953) % outOfOrder);
}

/** How long auctions are open, on average, in ms: until so many others have been opened. */
export function horizon(event: number, timing: Timing): number {
  const events = Math.floor((OPEN_AUCTIONS * CYCLE) / AUCTIONS);
  return Math.floor((timeOf(event + events, timing) - timeOf(event, timing)) / 1000);
}

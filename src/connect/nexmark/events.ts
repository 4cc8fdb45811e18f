import { timestampText } from '../../data/timestamp.ts';
import type { ByteWriter } from '../../data/format/byte-writer.ts';
import { writeInteger } from '../../data/format/text-form.ts';
import {
  anyAuction,
  anyPerson,
  CATEGORIES,
  FIRST_CATEGORY,
  FIRST_ID,
  horizon,
  hotAuction,
  hotPerson,
  lastAuction,
  lastPerson,
  timeOf,
  type Timing,
} from './model.ts';
import { EventRandom } from './random.ts';

const firstNames = 'Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter'.split(',');
const lastNames = 'Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris'.split(',');
const states = 'AZ,CA,ID,OR,WA,WY'.split(',');
const cities = 'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(',');
const hotChannels = 'Google,Facebook,Baidu,Apple'.split(',');
const CHANNELS = 10_000;
/** Bytes of a record on average: `extra` fills up to them. */
const SIZES = { person: 200, auction: 500, bid: 100 } as const;
const CHANNEL = 1;
const HOT_CHANNEL = 2;

/** Writes events as JSON: their members, and how each is drawn, are those of the benchmark. */
export class Events {
  readonly #random: EventRandom;
  /** Numbers that do not depend on an event: what the channels' addresses are. */
  readonly #fixed: EventRandom;
  readonly #timing: Timing;
  readonly #hotUrls: readonly string[];
  readonly #urls = new Map<number, string>();
  #second = NaN;
  #secondText = '';

  constructor(seed: number, timing: Timing) {
    this.#random = new EventRandom(seed);
    this.#fixed = new EventRandom(seed);
    this.#timing = timing;
    this.#hotUrls = hotChannels.map((_, i) => this.#address(i, HOT_CHANNEL));
  }

  person(event: number, to: ByteWriter): void {
    const random = this.#random;
    random.begin(event);
    const name = `${one(firstNames, random)} ${one(lastNames, random)}`;
    const email = `${words(random, 7, ' ')}@${words(random, 5, ' ')}.com`;
    const card = Array.from({ length: 4 }, () => String(random.below(10_000)).padStart(4, '0')).join(' ');
    const city = one(cities, random);
    const state = one(states, random);
    to.ascii('{"id":');
    writeInteger(to, FIRST_ID + lastPerson(event));
    to.ascii(`,"name":"${name}","emailAddress":"${email}","creditCard":"${card}","city":"${city}","state":"${state}"`);
    this.#end(event, to, SIZES.person - (8 + name.length + email.length + card.length + city.length + state.length));
  }

  auction(event: number, to: ByteWriter): void {
    const random = this.#random;
    random.begin(event);
    const seller = random.below(4) > 0 ? hotPerson(event) : anyPerson(event, random.unit());
    const category = FIRST_CATEGORY + random.below(CATEGORIES);
    const initialBid = price(random);
    const time = timeOf(event, this.#timing);
    const open = 1 + random.below(Math.max(2 * horizon(event, this.#timing), 1));
    const name = words(random, 20, ' ');
    const description = words(random, 100, ' ');
    const reserve = initialBid + price(random);
    to.ascii('{"id":');
    writeInteger(to, FIRST_ID + lastAuction(event));
    to.ascii(`,"itemName":"${name}","description":"${description}","initialBid":`);
    writeInteger(to, initialBid);
    to.ascii(',"reserve":');
    writeInteger(to, reserve);
    to.ascii(`,"expires":"${timestampText(time + open * 1000)}","seller":`);
    writeInteger(to, FIRST_ID + seller);
    to.ascii(',"category":');
    writeInteger(to, category);
    this.#end(event, to, SIZES.auction - (8 + name.length + description.length + 5 * 8));
  }

  bid(event: number, to: ByteWriter): void {
    const random = this.#random;
    random.begin(event);
    const auction = random.below(2) > 0 ? hotAuction(event) : anyAuction(event, random.unit());
    // The second of a hundred, so that hot bidders and hot sellers are others.
    const bidder = random.below(4) > 0 ? hotPerson(event) + 1 : anyPerson(event, random.unit());
    const bidPrice = price(random);
    let channel: string;
    let url: string;
    if (random.below(2) > 0) {
      const i = random.below(hotChannels.length);
      channel = hotChannels[i]!;
      url = this.#hotUrls[i]!;
    } else {
      const i = random.below(CHANNELS);
      channel = `channel-${i}`;
      url = this.#url(i);
    }
    to.ascii('{"auction":');
    writeInteger(to, FIRST_ID + auction);
    to.ascii(',"bidder":');
    writeInteger(to, FIRST_ID + bidder);
    to.ascii(',"price":');
    writeInteger(to, bidPrice);
    to.ascii(`,"channel":"${channel}","url":"${url}"`);
    this.#end(event, to, SIZES.bid - 4 * 8);
  }

  /** `dateTime` and `extra`, which all have. @param left bytes that `extra` has on average, give or take a fifth. */
  #end(event: number, to: ByteWriter, left: number): void {
    to.ascii(`,"dateTime":"${this.#stamp(timeOf(event, this.#timing))}","extra":"`);
    if (left > 0) {
      const delta = Math.round(left * 0.2);
      letters(this.#random, left - delta + (delta === 0 ? 0 : this.#random.below(2 * delta)), to);
    }
    to.ascii('"}');
  }

  /** As `timestampText`, which is slower; events of one second follow one another. */
  #stamp(time: number): string {
    const second = Math.floor(time / 1e6);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondText = timestampText(second * 1e6);
    }
    const fraction = time - second * 1e6;
    return fraction === 0 ? this.#secondText : `${this.#secondText}.${String(fraction).padStart(6, '0')}`;
  }

  #url(channel: number): string {
    let url = this.#urls.get(channel);
    if (url === undefined) {
      url = this.#address(channel, CHANNEL);
      if (this.#fixed.below(10) > 0) url += `&channel_id=${Math.abs(reversed(channel))}`;
      this.#urls.set(channel, url);
    }
    return url;
  }

  #address(channel: number, kind: number): string {
    this.#fixed.begin(channel, kind);
    const [a, b, c] = [0, 1, 2].map(() => words(this.#fixed, 5, '_'));
    return `https://www.nexmark.com/${a!}/${b!}/${c!}/item.htm?query=1`;
  }
}

const one = (list: readonly string[], random: EventRandom): string => list[random.below(list.length)]!;

/** Cents; the logarithm of a price is evenly spread from 1 to 1,000,000. */
const price = (random: EventRandom): number => Math.round(100 * 10 ** (6 * random.unit()));

/** 3 to `most` - 1 characters: letters, and one in 13 `special`; none of these at the ends. */
function words(random: EventRandom, most: number, special: string): string {
  let text = '';
  for (let left = 3 + random.below(most - 3); left > 0; left--) {
    text += random.below(13) === 0 ? special : String.fromCharCode(97 + random.below(26));
  }
  return text.trim();
}

/** Four letters of one number. */
function letters(random: EventRandom, length: number, to: ByteWriter): void {
  to.reserve(length + 4);
  const { bytes } = to;
  let at = to.length;
  const end = at + length;
  while (at < end) {
    let bits = random.bits();
    for (let i = 0; i < 4; i++) {
      bytes[at++] = 97 + (((bits & 0xff) * 26) >>> 8);
      bits >>>= 8;
    }
  }
  to.length = end;
}

/** The 32 bits of a number in reverse, as a signed number. */
function reversed(value: number): number {
  let out = 0;
  for (let i = 0; i < 32; i++) out = (out << 1) | ((value >>> i) & 1);
  return out;
}

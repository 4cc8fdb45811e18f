/**
 * SQLite's date and time arithmetic, a port of the core of its date.c: a moment is a Julian day in ms, or a date and a
 * time of day that are not yet normalized (February 31), or a bare number that a modifier has still to explain.
 */

const MS_PER_DAY = 86_400_000;
/** Julian day of 1970-01-01 in ms. */
export const EPOCH_JD = 210_866_760_000_000;
const LAST_JD = 464_269_060_799_999;

export class Moment {
  /** Julian day * 86400000. */
  jd = 0;
  year = 0;
  month = 0;
  day = 0;
  hour = 0;
  minute = 0;
  /** Seconds with fraction; the number itself while `raw`. */
  second = 0;
  /** Offset from UTC in minutes, still to be taken off. */
  zone = 0;
  hasJd = false;
  hasDate = false;
  hasTime = false;
  raw = false;
  failed = false;
  subsecond = false;
  isUtc = false;
  isLocal = false;
  /** Days by which the date is beyond the end of its month. */
  overflow = 0;

  copy(): Moment {
    return Object.assign(new Moment(), this);
  }

  fail(): void {
    Object.assign(this, new Moment());
    this.failed = true;
  }

  get isValid(): boolean {
    return !this.failed && this.jd >= 0 && this.jd <= LAST_JD;
  }

  computeJd(): void {
    if (this.hasJd) return;
    let year = this.hasDate ? this.year : 2000;
    let month = this.hasDate ? this.month : 1;
    const day = this.hasDate ? this.day : 1;
    if (year < -4713 || year > 9999 || this.raw) return this.fail();
    if (month <= 2) {
      year--;
      month += 12;
    }
    // Meeus, Astronomical Algorithms, page 61
    const a = Math.trunc((year + 4800) / 100);
    const b = 38 - a + Math.trunc(a / 4);
    const days = Math.trunc((36525 * (year + 4716)) / 100) + Math.trunc((306001 * (month + 1)) / 10000);
    this.jd = Math.trunc((days + day + b - 1524.5) * MS_PER_DAY);
    this.hasJd = true;
    if (!this.hasTime) return;
    this.jd += this.hour * 3_600_000 + this.minute * 60_000 + Math.trunc(this.second * 1000 + 0.5);
    if (this.zone !== 0) {
      this.jd -= this.zone * 60_000;
      this.hasDate = this.hasTime = false;
      this.zone = 0;
      this.isUtc = true;
      this.isLocal = false;
    }
  }

  computeDate(): void {
    if (this.hasDate) return;
    if (!this.hasJd) {
      this.year = 2000;
      this.month = this.day = 1;
    } else if (!(this.jd >= 0 && this.jd <= LAST_JD)) return this.fail();
    else {
      const z = Math.trunc((this.jd + MS_PER_DAY / 2) / MS_PER_DAY);
      const alpha = Math.trunc((z + 32044.75) / 36524.25) - 52;
      const a = z + 1 + alpha - Math.trunc((alpha + 100) / 4) + 25;
      const b = a + 1524;
      const c = Math.trunc((b - 122.1) / 365.25);
      const d = Math.trunc((36525 * (c & 32767)) / 100);
      const e = Math.trunc((b - d) / 30.6001);
      this.day = b - d - Math.trunc(30.6001 * e);
      this.month = e < 14 ? e - 1 : e - 13;
      this.year = this.month > 2 ? c - 4716 : c - 4715;
    }
    this.hasDate = true;
  }

  computeTime(): void {
    if (this.hasTime) return;
    this.computeJd();
    const ms = (this.jd + MS_PER_DAY / 2) % MS_PER_DAY;
    this.second = (ms % 60_000) / 1000;
    const minutes = Math.trunc(ms / 60_000);
    this.minute = minutes % 60;
    this.hour = Math.trunc(minutes / 60);
    this.raw = false;
    this.hasTime = true;
  }

  computeAll(): void {
    this.computeDate();
    this.computeTime();
  }

  computeOverflow(): void {
    const { year, month, day } = this;
    if (day <= 28 || ((1 << month) & 0x15aa) !== 0) this.overflow = 0;
    else if (month !== 2) this.overflow = day === 31 ? 1 : 0;
    else this.overflow = year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0) ? day - 28 : day - 29;
  }

  /** Forgets everything but the Julian day. */
  keepJd(): void {
    this.hasDate = this.hasTime = false;
    this.zone = 0;
  }

  setJd(jd: number): void {
    this.keepJd();
    this.jd = jd;
    this.hasJd = true;
  }

  setNow(ms: number): void {
    this.setJd(ms + EPOCH_JD);
    this.isUtc = true;
    this.isLocal = false;
  }

  /** A number that may be a Julian day, or seconds since 1970. */
  setNumber(r: number): void {
    this.second = r;
    this.raw = true;
    if (r >= 0 && r < 5373484.5) {
      this.jd = Math.trunc(r * MS_PER_DAY + 0.5);
      this.hasJd = true;
    }
  }

  /** Takes the number for seconds since 1970. */
  setEpochSeconds(): void {
    this.setJd(Math.trunc(this.second * 1000 + EPOCH_JD + 0.5));
    this.raw = false;
  }

  addMonths(months: number): void {
    this.computeAll();
    this.month += months;
    const years = this.month > 0 ? Math.trunc((this.month - 1) / 12) : Math.trunc((this.month - 12) / 12);
    this.year += years;
    this.month -= years * 12;
    this.computeOverflow();
    this.hasJd = false;
  }

  /** From UTC to the zone of this machine. */
  toLocal(): void {
    this.computeJd();
    let { jd } = this;
    let shifted = 0;
    // for years before 1970 and behind 2037 SQLite asks for the same day of a year near 2000
    if (jd < 210_866_760_000_000 || jd > 213_014_145_600_000) {
      const same = this.copy();
      same.computeAll();
      shifted = 2000 + (same.year % 4) - same.year;
      same.year += shifted;
      same.hasJd = false;
      same.computeJd();
      ({ jd } = same);
    }
    const local = new Date(Math.trunc(jd / 1000) * 1000 - EPOCH_JD);
    this.year = local.getFullYear() - shifted;
    this.month = local.getMonth() + 1;
    this.day = local.getDate();
    this.hour = local.getHours();
    this.minute = local.getMinutes();
    this.second = local.getSeconds() + (this.jd % 1000) * 0.001;
    this.hasDate = this.hasTime = true;
    this.hasJd = this.raw = this.failed = false;
    this.zone = 0;
  }

  /** From the zone of this machine to UTC, by guessing until the way back fits. */
  toUtc(): void {
    if (this.isUtc) return;
    this.computeJd();
    const wanted = this.jd;
    let guess = wanted;
    let error = 0;
    for (let tries = 0; tries === 0 || (error !== 0 && tries <= 3); tries++) {
      guess -= error;
      const there = new Moment();
      there.setJd(guess);
      there.toLocal();
      there.computeJd();
      error = there.jd - wanted;
    }
    Object.assign(this, new Moment());
    this.setJd(guess);
    this.isUtc = true;
  }

  /** Days since January 1 of the same year. */
  get dayOfYear(): number {
    const first = this.copy();
    first.hasJd = false;
    first.month = first.day = 1;
    first.computeJd();
    return Math.trunc((this.jd - first.jd + MS_PER_DAY / 2) / MS_PER_DAY);
  }

  /** 0 is Monday. */
  get afterMonday(): number {
    return Math.trunc((this.jd + MS_PER_DAY / 2) / MS_PER_DAY) % 7;
  }

  /** 0 is Sunday. */
  get afterSunday(): number {
    return Math.trunc((this.jd + (MS_PER_DAY * 3) / 2) / MS_PER_DAY) % 7;
  }
}

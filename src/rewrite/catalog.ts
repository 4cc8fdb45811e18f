import type { Rule } from './rule.ts';
import { countInCommand } from './rules/count.ts';
import { cheapFilterFirst, dropSecondRun } from './rules/commute.ts';
import { combineParts } from './rules/combine.ts';
import { runCopies } from './rules/copies.ts';
import { askOnce } from './rules/dictionary.ts';
import { distinctAlsoBelowShell, distinctBelowFilter, distinctOnBelowFilter } from './rules/distinct.ts';
import {
  filterBelowDistinct,
  filterBelowProject,
  filterBelowSort,
  filterBelowUnion,
  filterIntoJoin,
} from './rules/filter-plumbing.ts';
import { filterCommandBelowUnion } from './rules/below-union.ts';
import { chooseValues } from './rules/choose.ts';
import { filterBelowShell, mergeFilters, splitConjuncts } from './rules/filter.ts';
import { commandAboveEagerGroups, commandAboveGroups, filterCommandAboveGroups } from './rules/group.ts';
import { copiesByKey, oneProcessForGroups } from './rules/keyed.ts';
import { commandAboveSemiJoin, commandBelowJoin } from './rules/join.ts';
import { limitAlsoBelowShell, limitBelowProject, limitBelowShell, stopEarly, topRows } from './rules/limit.ts';
import { dropSortAboveShell, dropUnseenSort, filterCommandBelowSort } from './rules/order.ts';
import { filterCommandBelowProject } from './rules/map.ts';
import { doneNatively } from './rules/native.ts';
import { dropIdentity, mergeProjects } from './rules/project-plumbing.ts';
import { dropDeadShell, projectBelowShell } from './rules/project.ts';
import { dropSortBelowShell, fuseShells } from './rules/shell.ts';
import { limitIntoSource } from './rules/sqlite.ts';
import { commandAboveTop } from './rules/top.ts';
import { byText, unfuseCommands } from './rules/unfuse.ts';
import { windowsOfPanes } from './rules/panes.ts';
import { groupsOfBranches } from './rules/parts.ts';
import { oneCommandAboveUnion } from './rules/union.ts';
import { commandBelowWindows } from './rules/window.ts';

/** All rules but Q1 and Q2, which have to be told what connectors can do (`filterIntoSource`), in the order they are tried. */
export const moving: readonly Rule[] = [
  mergeFilters,
  filterBelowShell,
  splitConjuncts,
  filterBelowProject,
  filterBelowSort,
  filterBelowDistinct,
  filterBelowUnion,
  filterIntoJoin,
  mergeProjects,
  dropDeadShell,
  projectBelowShell,
  limitBelowShell,
  limitAlsoBelowShell,
  stopEarly,
  limitBelowProject,
  commandAboveTop,
  topRows,
  dropSortBelowShell,
  dropUnseenSort,
  dropSortAboveShell,
  filterCommandBelowSort,
  distinctBelowFilter,
  distinctOnBelowFilter,
  distinctAlsoBelowShell,
  dropSecondRun,
  filterCommandBelowProject,
  cheapFilterFirst,
  commandBelowJoin,
  commandAboveSemiJoin,
  oneCommandAboveUnion,
  commandBelowWindows,
  windowsOfPanes,
  countInCommand,
  unfuseCommands(byText),
  filterCommandAboveGroups,
  commandAboveGroups,
  commandAboveEagerGroups,
  groupsOfBranches(() => undefined),
];

/** Rules about sources: off with `SET pushdown = off`. */
export const pushing: readonly Rule[] = [limitIntoSource];

/** Tried once columns are narrowed and nothing else applies: a fused command is a barrier to most laws. */
export const last: readonly Rule[] = [dropIdentity, fuseShells];

/** How a command runs, once it is known which commands there are. */
export const running: readonly Rule[] = [askOnce, runCopies, combineParts, copiesByKey, oneProcessForGroups];

export const catalog: readonly Rule[] = [
  ...moving,
  ...pushing,
  ...last,
  ...running,
  filterCommandBelowUnion,
  chooseValues,
  doneNatively,
];

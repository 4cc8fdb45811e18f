/** A shell pipeline over a file of the corpus; `@` stands for the folder that the files are in. */
export interface Pipeline {
  readonly over: 'names' | 'moves' | 'versions' | 'prose' | 'words' | 'nothing';
  readonly stages: readonly string[];
}

const over = (file: Pipeline['over'], ...stages: readonly string[]): Pipeline => ({ over: file, stages });

/** Puzzles such as those that were set when Unix was fifty: each line is one answer. */
const puzzles: readonly Pipeline[] = [
  over('names', "cut -d ' ' -f 2"),
  over('names', 'sort', 'head -n 1'),
  over('names', 'head -n 2', 'tail -n 1', "cut -d' ' -f1"),
  over('names', "cut -d' ' -f1", 'sort', 'uniq -c', 'sort -rn'),
  over('names', "grep -c 'Ken'"),
  over('names', "tr -cd 'A-Z\\n'", 'sort', 'uniq -c', 'sort -k1,1nr -k2', 'head -n 3'),
  over('names', `awk '{ print $2 "." $1 }'`, 'tr A-Z a-z'),
  over('names', "grep 'n$'", 'wc -l'),
  over('names', 'sed 1d', 'cut -c1-3', 'sort -u'),
  over('names', "awk 'length($0) > 12'", 'sort -k2,2 -k1,1', 'tail -n 5'),
  over('names', "tr '[a-z]' '[A-Z]'", 'rev', 'sort', 'head -5'),
  over('names', 'paste -d, - -', 'head -n 3'),
  over('moves', "tr ' ' '\\n'", 'grep x', 'wc -l'),
  over('moves', "tr ' ' '\\n'", "grep '[KQRBN]'", 'cut -c1', 'sort', 'uniq -c', 'sort -nr'),
  over('moves', "tr ' ' '\\n'", 'grep x', 'cut -d x -f 2', 'cut -c1-2', 'sort', 'uniq -c', 'sort -rn', 'head -n 3'),
  over('moves', "grep -o '[a-h][1-8]'", 'sort -u', "tr -d '\\n'"),
  over('moves', "sed 's/^[0-9]*\\. //'", 'sed 2q'),
  over('moves', "awk '{ print NF }'", 'sort -n', 'uniq -c'),
  over('moves', "tr -d '+'", "awk '{ print $NF }'", 'sort', 'uniq', 'wc -l'),
  over('moves', 'nl -ba', 'tail -n 2'),
  over('versions', 'cut -f 3', 'sort -n', 'head -n 1'),
  over('versions', 'cat'),
  over('versions', "grep 'AT&T'", 'cut -f 1'),
  over('versions', "awk -F '\\t' '$3 > 1980 { print $1 }'", 'sort', 'uniq'),
  over('versions', 'cut -f2', "tr ' ' '_'", 'sort', 'uniq -c', "awk '$1 > 12 { print $2 }'"),
  over('versions', 'sed 1d', 'cut -f 3', 'cut -c 3', 'sort', 'uniq -c'),
  over('versions', 'cat -'),
  over('versions', "sort -t '\t' -k3,3n -k1,1", 'cut -f1', 'head -n 4'),
  over('versions', 'tail -n +2', 'head -n -1', 'tac'),
  over('versions', "tr '\\t' ','", "sed 's/,/ - /2'", "grep -v '^#'"),
  over('prose', "tr -cs 'A-Za-z' '\\n'", 'grep .', 'sort -u', 'wc -l'),
  over('prose', "grep -A 1 'sea'", "grep -v '^--'", 'head -n 4'),
  over('prose', 'fold -s -w 30', 'grep -n -i sea'),
  over(
    'prose',
    "tr -d '[:punct:]'",
    "tr '[:upper:]' '[:lower:]'",
    "awk '{ for (i = 1; i <= NF; i++) print $i }'",
    'sort',
    'uniq -c',
    'sort -k1,1rn -k2',
    'head -n 5',
  ),
  over('prose', "sed '$d'", 'cat -s', 'cat -n'),
  over('prose', "awk '{ n += length($0) } END { print n }'"),
  over('words', 'uniq -u', 'md5sum'),
  over('nothing', 'cat', 'sort', 'wc -l'),
  over('names', 'wc -lw'),
];

/** What PaSh and its kin are measured on: word frequency, the n first of them, pairs, and so on. */
const classics: readonly Pipeline[] = [
  over('prose', "tr -cs A-Za-z '\\n'", 'tr A-Z a-z', 'sort', 'uniq -c', 'sort -rn'),
  over('words', 'tr A-Z a-z', 'sort', 'uniq -c', 'sort -rn', 'sed 10q'),
  over(
    'prose',
    "tr -cs A-Za-z '\\n'",
    'tr A-Z a-z',
    "awk 'NR > 1 { print last, $0 } { last = $0 }'",
    'sort',
    'uniq -c',
    'sort -rn',
  ),
  over('prose', "tr -cs A-Za-z '\\n'", 'tr A-Z a-z', 'sort -u', 'comm -23 - @/dictionary'),
  over('names', 'sort -u', 'comm -23 - @/others'),
  over('prose', 'tr A-Z a-z', "grep '\\(.\\).*\\1\\(.\\).*\\2\\(.\\).*\\3\\(.\\).*\\4'"),
  over('words', 'tr A-Z a-z', 'sort', 'sort -r'),
  over('names', 'sort -u', 'diff - @/others'),
  over('names', 'sort -u', 'join -a1 - @/others', 'shuf', 'sort', 'head -n 7'),
  over('names', "tr ' ' '\\n'", 'xargs -n3', 'tee', 'tail -n 3'),
];

export const pipelines = [...puzzles, ...classics];

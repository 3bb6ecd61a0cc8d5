import { describe, expect, it } from '@jest/globals';
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from './selectors.js';

const labels = { app: 'web', tier: 'front', 'example.com/x': '' };

describe('label selectors', () => {
  it.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier != back', true],
    ['app!=web', false],
    ['missing!=web', true],
    ['app in (web,db)', true],
    ['app in (db)', false],
    ['app notin (db, web)', false],
    ['missing notin (a)', true],
    ['app', true],
    ['missing', false],
    ['!app', false],
    ['!missing,app', true],
    ['example.com/x=', true],
    ['example.com/x in ()', true],
    ['in=1', false],
  ])('%j on the labels gives %j', (text, expected) => {
    const parsed = parseLabelSelector(text);
    expect(parsed).toHaveProperty('requirements');
    if ('requirements' in parsed) expect(matchesLabels(parsed.requirements, labels)).toBe(expected);
  });

  it.each([
    ['=x', "found '=', expected: !, identifier, or 'end of string'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a ? b', "unable to parse requirement: found '?', expected: in, notin, =, ==, !=, gt, lt"],
    ['a>1', "unable to parse requirement: found '>', expected: in, notin, =, ==, !=, gt, lt"],
    ['/a', 'unable to parse requirement: <nil>: Invalid value: "/a": prefix part must be non-empty'],
    [
      'a=-b',
      `unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
  ])('%j is refused: %s', (text, error) => {
    expect(parseLabelSelector(text)).toEqual({ error });
  });
});

describe('field selectors', () => {
  const supported = ['status.phase', 'spec.nodeName'];

  it.each([
    ['', true],
    ['status.phase=Running', true],
    ['status.phase==Running,metadata.name=a', true],
    ['status.phase!=Running', false],
    ['spec.nodeName=', true],
    [',metadata.name=a,', true],
  ])('%j gives %j', (text, expected) => {
    const parsed = parseFieldSelector(text, supported);
    expect(parsed).toHaveProperty('requirements');
    if ('requirements' in parsed)
      expect(matchesFields(parsed.requirements, { 'metadata.name': 'a', 'status.phase': 'Running' })).toBe(
        expected,
      );
  });

  it('reads escaped commas, equals signs and backslashes', () => {
    const values = [String.raw`a,b=c\d`];
    expect(parseFieldSelector(String.raw`spec.nodeName=a\,b\=c\\d`, supported)).toEqual({
      requirements: [{ key: 'spec.nodeName', operator: 'In', values }],
    });
  });

  it.each([
    ['spec.color=red', 'field label not supported: spec.color'],
    ['nothing', "invalid selector: 'nothing'; can't understand 'nothing'"],
    ['spec.nodeName=a=b', 'invalid field selector: unescaped character in value: a=b'],
    [String.raw`spec.nodeName=a\x`, String.raw`invalid field selector: invalid escape sequence: \x`],
  ])('%j is refused: %s', (text, error) => {
    expect(parseFieldSelector(text, supported)).toEqual({ error });
  });
});

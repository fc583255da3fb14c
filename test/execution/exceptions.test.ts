/** Programs with `try`, `catch` and `throw`: they run as long as they throw nothing, and end at a throw with its line and what it throws. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompiledPrograms } from '../toolchain/compiled.js';
import { prepared, run, type PreparedProgram } from './compiled-program.js';

const PROGRAM = String.raw`#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>
struct Left { virtual ~Left() {} int a = 1; };
struct Right : virtual std::exception { const char *what() const noexcept override { return "from the right"; } };
struct Both : Left, Right {};
int main(int argc, char **argv) {
    std::string word = argv[1];
    std::exception_ptr kept = std::make_exception_ptr(std::length_error("kept"));
    try {
        if (word == "none") printf("nothing is thrown, %d in flight\n", std::uncaught_exceptions());
        if (word == "standard") throw std::runtime_error("out of luck");
        if (word == "both") throw Both();
        if (word == "number") throw 42;
        if (word == "text") throw "only words";
        if (word == "vector") std::vector<int>(3).at(7) = 1;
        if (word == "library") printf("%d\n", std::stoi("x"));
        if (word == "pointer") std::rethrow_exception(kept);
        if (word == "memory") printf("%p\n", (void *)new char[3000000000u]);
        if (word == "rethrow") throw;
    } catch (const std::exception &error) {
        printf("caught %s\n", error.what());
    } catch (...) {
        throw;
    }
    return std::current_exception() ? 1 : 0;
}
`;

const THROWN: Readonly<Record<string, string>> = {
  standard: 'the program throws std::runtime_error (out of luck), and handlers are not entered here',
  both: 'the program throws Both (from the right), and handlers are not entered here',
  number: 'the program throws int 42, and handlers are not entered here',
  text: 'the program throws char const* (only words), and handlers are not entered here',
  vector: 'the program throws std::out_of_range (vector), and handlers are not entered here',
  library: 'the program throws std::invalid_argument (stoi: no conversion), and handlers are not entered here',
  pointer: 'the program throws std::length_error (kept), and handlers are not entered here',
  memory: 'the program throws std::bad_alloc, and handlers are not entered here',
  rethrow: 'the program rethrows where no exception is being handled',
};

describe.each(['program.cpp', 'program.cu'])('exceptions in %s', (file) => {
  let programs: CompiledPrograms;
  let program: PreparedProgram;

  beforeAll(async () => {
    programs = new CompiledPrograms();
    program = await prepared(programs, { [file]: PROGRAM });
  }, 120_000);

  afterAll(() => {
    programs[Symbol.dispose]();
  });

  it('that nobody throws cost nothing', () => {
    const { ending, output } = run(program, ['none']);
    expect({ output, ending }).toEqual({
      output: 'nothing is thrown, 0 in flight\n',
      ending: { status: 0, signal: null },
    });
  });

  it.each(Object.entries(THROWN))('end the program where it throws: %s', async (word, sentence) => {
    const { ending } = run(program, [word]);
    expect(ending.signal).toMatchObject({ kind: 'trap', signal: 'SIGABRT', message: sentence });
    const line = PROGRAM.split('\n').findIndex((text) => text.includes(`"${word}"`)) + 1;
    expect(await program.lineOf(ending.signal!.offsets)).toBe(line);
  });
});

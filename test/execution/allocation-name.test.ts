/** The name that a report gives to a block of memory, from the statement that allocates it. */
import { describe, expect, it } from 'vitest';
import { allocationName } from '../../engine/allocation-name.js';

/** `@` in the text stands where the call is; it is taken out. */
function nameAt(text: string): string | null {
  const lines = text.split('\n');
  const line = lines.findIndex((each) => each.includes('@'));
  const column = (lines[line] ?? '').indexOf('@') + 1;
  return allocationName(text.replace('@', '').split('\n'), line + 1, column);
}

describe('the variable that an allocation is stored in', () => {
  it.each([
    ['  @cudaMallocManaged(&x, n);', 'x'],
    ['  @cudaMallocManaged(&x, N * sizeof(float));', 'x'],
    ['  @cudaMalloc((void**)&d_a, n);', 'd_a'],
    ['  @cudaMalloc((void **) &d_a, n);', 'd_a'],
    ['  @cudaMalloc( & x , n);', 'x'],
    ['  @cudaMalloc<float>(&x, n);', 'x'],
    ['  @cudaMalloc(reinterpret_cast<void **>(&x), n);', 'x'],
    ['  CHECK(@cudaMalloc(&x, n));', 'x'],
    ['  cudaError_t error = @cudaMalloc(&x, n);', 'x'],
    ['  if (@cudaMalloc(&x, n) != cudaSuccess) return 1;', 'x'],
    ['  @cudaMallocManaged(&graph.edges, n);', 'graph.edges'],
    ['  @cudaMallocManaged(&graph->edges, n);', 'graph->edges'],
    ['  @cudaMallocManaged(&grids[0], n);', 'grids'],
    ['  @posix_memalign((void **)&x, 4096, n);', 'x'],
    ['  @hipMallocManaged(&x, n);', 'x'],
    ['  float *y = (float *)@malloc(n);', 'y'],
    ['  float *y = static_cast<float *>(@malloc(n * sizeof *y));', 'y'],
    ['  y = @malloc(n);', 'y'],
    ['  float *y=@calloc(n, 4);', 'y'],
    ['  auto y = @new int[n];', 'y'],
    ['  p->data = @new int[n];', 'p->data'],
    ['  p.data = @new int[n];', 'p.data'],
    ['  this->data = @new int[n];', 'this->data'],
    ['  rows[i] = @malloc(n);', 'rows'],
    ['  float *a = 0, *b = @malloc(n);', 'b'],
    ['  for (int i = 0; i < n; i++) rows[i] = @malloc(n);', 'rows'],
    ['  float *y =\n      (float *)\n      @malloc(n);', 'y'],
    ['  int x = 3;\n  @malloc(n);', null],
    ['  std::vector<float> @y(n, 2.0f);', 'y'],
    ['  std::vector<std::pair<int, int>> @y(n);', 'y'],
    ['  vector<int> @y = { 1, 2 };', 'y'],
    ['  const std::vector<float> @y(n);', 'y'],
    ['  std::string @text(5000, 0);', 'text'],
    ['  y.@resize(n);', 'y'],
    ['  y.@push_back(1);', 'y'],
    ['  graph->edges.@push_back(1);', 'graph->edges'],
    ['  return @malloc(n);', null],
    ['  use(@malloc(n));', null],
    ['  if (x == y) @malloc(n);', null],
    ['  @free(x);', null],
    ['@', null],
  ])('%s', (text, name) => {
    expect(nameAt(text)).toBe(name);
  });

  it('is found where the column is not known', () => {
    expect(allocationName(['  float *y = malloc(n);'], 1, 0)).toBe('y');
    expect(allocationName(['  cudaMallocManaged(&x, n);'], 1, 0)).toBe('x');
  });

  it('is nothing where the source is not there', () => {
    expect(allocationName([], 7, 3)).toBeNull();
    expect(allocationName(['one'], 0, 0)).toBeNull();
  });
});

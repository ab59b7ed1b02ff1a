/** A binary heap: the least of what it holds, first. */
export class Heap<T> {
  private readonly items: T[] = [];

  constructor(private readonly key: (item: T) => number) {}

  get size(): number {
    return this.items.length;
  }

  get first(): T {
    return this.items[0];
  }

  push(item: T): void {
    const { items, key } = this;
    let place = items.push(item) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (key(items[parent]) <= key(item)) break;
      items[place] = items[parent];
      place = parent;
    }
    items[place] = item;
  }

  /** Takes the first out; there must be one. */
  pop(): T {
    const { items, key } = this;
    const top = items[0];
    const item = items.pop()!;
    if (!items.length) return top;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && key(items[child + 1]) < key(items[child])) child++;
      if (key(items[child]) >= key(item)) break;
      items[place] = items[child];
      place = child;
    }
    items[place] = item;
    return top;
  }
}

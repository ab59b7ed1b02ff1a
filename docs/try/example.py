from asyncio import sleep

from async_dag import build_dag


async def fast_task_a(n: int) -> int:
    await sleep(0.1)
    return n + 1


async def slow_task_a(n: int) -> int:
    await sleep(0.5)
    return n + 2


async def fast_task_b(n: int) -> int:
    await sleep(0.2)
    return n + 3


async def slow_task_b(a: int) -> int:
    await sleep(1.0)
    return a * 10


async def fast_task_c(a: int, b: int) -> int:
    await sleep(0.1)
    return a + b


async def end_task(b: int, c: int) -> int:
    await sleep(0.1)
    return b + c


with build_dag(int) as tm:
    fast_a = tm.add_node(fast_task_a, tm.parameter_node)
    slow_b = tm.add_node(slow_task_b, fast_a)
    slow_a = tm.add_node(slow_task_a, tm.parameter_node)
    fast_b = tm.add_node(fast_task_b, tm.parameter_node)
    fast_c = tm.add_node(fast_task_c, slow_a, fast_b)
    end = tm.add_node(end_task, slow_b, fast_c)

result = await tm.invoke(0)
print("the end task's value:", end.extract_result(result))

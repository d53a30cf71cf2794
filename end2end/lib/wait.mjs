// Waiting for a condition, never for a time.

/** Asks `condition` again and again until it answers something truthy; that is the answer. Assertion errors end it. */
export async function within(milliseconds, what, condition) {
    const end = Date.now() + milliseconds;
    for (;;) {
        const answer = await condition();
        if (answer) return answer;
        if (Date.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
        await new Promise((again) => setTimeout(again, 50));
    }
}

// The stylesheet, told so that an older checker can judge it.

/**
 * The checker's CSS knows neither container queries nor view transitions. Where only the name of a rule is new to it,
 * the rule becomes an older one that takes the same contents, so that these are judged as well. What is lost on the way
 * is left to the browser: see `understood`.
 */
export function forOlderReaders(css) {
    return css
        .replaceAll(/@container\s[^{]*\{/g, "@media all{")
        .replaceAll(/@view-transition\s*\{[^}]*\}/g, "")
        .replaceAll(/([{;])\s*container:[^;}]*;?/g, "$1")
        .replaceAll(/::view-transition-(group|old|new)\(\*\)/g, "::before");
}

/** In the browser: how many rules of each kind that an older checker does not know it has understood. */
export function understood() {
    const counts = { "@container": 0, "@view-transition": 0, "container:": 0 };
    const count = (rules) => {
        for (const rule of rules) {
            if (rule instanceof CSSContainerRule) counts["@container"]++;
            if (rule instanceof CSSViewTransitionRule) counts["@view-transition"]++;
            if (rule.style?.containerType) counts["container:"]++;
            if (rule.cssRules) count(rule.cssRules);
        }
    };
    for (const sheet of document.styleSheets) count(sheet.cssRules);
    return counts;
}

/** How many of them are written. */
export function written(css) {
    const count = (pattern) => css.match(pattern)?.length ?? 0;
    return {
        "@container": count(/@container\s/g),
        "@view-transition": count(/@view-transition\s*\{/g),
        "container:": count(/[{;]\s*container:/g),
    };
}

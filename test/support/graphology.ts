import graphology from "graphology";

/** graphology's class. Its types describe a CommonJS module, where the class is a member: what Node gives is the class. */
export const Graph = graphology as unknown as typeof graphology.default;
export type Graph = InstanceType<typeof Graph>;

import { describeLocalSuite } from "./testing.ts";

describeLocalSuite("timelocked");

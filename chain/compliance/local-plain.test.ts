import { describeLocalSuite } from "./testing.ts";

describeLocalSuite("off");

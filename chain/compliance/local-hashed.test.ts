import { describeLocalSuite } from "./testing.ts";

describeLocalSuite("hashed");

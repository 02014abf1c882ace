import { describe, expect, it } from "vitest";
import { nameCode } from "./codeLanguages.ts";

describe("what code is called", () => {
  it("is its file's name, else its language as people write it", () => {
    expect(nameCode("ts title=src/greet.ts")).toEqual({ language: "ts", shown: "src/greet.ts", file: "greet.ts" });
    expect(nameCode("greet.py")).toEqual({ language: "python", shown: "greet.py", file: "greet.py" });
    expect(nameCode("C++")).toEqual({ language: "cpp", shown: "C++", file: "code.cpp" });
    expect(nameCode("")).toEqual({ language: "", shown: null, file: "code.txt" });
    expect(nameCode("klingon")).toEqual({ language: "klingon", shown: "klingon", file: "code.txt" });
    expect(nameCode("constructor").file).toBe("code.txt");
    expect(nameCode("ts title=../../.bashrc").file).toBe("_bashrc");
  });
});

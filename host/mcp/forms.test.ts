/** Forms that a server would like its caller's owner to fill in. */
import { describe, expect, test } from "vitest";
import { readForm } from "./forms.ts";

const form = (message: string, field: Record<string, string> = {}, name = "answer") =>
  readForm("wiki", message, { type: "object", properties: { [name]: { type: "string", ...field } } });

describe("a server's form", () => {
  test.each([
    "Which folder?",
    "How large should the picture be (in pixels)?",
    "Please do not type your password here. Which account is it?",
    "Never enter a PIN!\nWhich card do you mean, by its name?",
    "Wie soll die Datei heissen?",
    "Which country code?",
    "Pick a spinning wheel",
    "Your favourite number (do not give us your phone number, pin, or other sensitive info)",
  ])("FM1 that asks %j is shown, in our words first", (message) => {
    expect(form(message)?.says).toBe(`The tool server "wiki" asks: ${message}`);
  });

  test.each([
    "Enter your password to go on.",
    "Your session is over: type your PASSWORD",
    "We need your API key",
    "Do not worry. Give us your PIN.",
    "We never share your password; type it here",
    "Don't wait! Your access token, please",
    "Type the 24 words of your vault",
    "Your recovery phrase?",
    "The one-time code that was sent to you",
    "The verification code from your telephone",
    "Card number and CVV",
    "Dein Passwort, bitte",
    "Votre mot de passe ?",
    "Su contraseña",
    "Ваш пароль",
    "パスワードを入力",
    "Your pаsswоrd",
    "Your pass\u200bword",
    "Your p\u0301assword",
    "Your ｐａｓｓｗｏｒｄ",
    "your_api_key",
    "Your password (never shown to anybody)",
  ])("FM2 that asks for something secret in its message (%j) is declined unasked", (message) => {
    expect(form(message)).toBeNull();
    // Nor beside a field, nor by its name.
    expect(form("Go on?", { title: message })).toBeNull();
    expect(form("Go on?", { description: message })).toBeNull();
  });

  test("FM2 nor by a field's name, or the form that it wants", () => {
    for (const name of ["password", "apiKey", "api_key", "userPin", "otp"])
      expect(form("Go on?", {}, name), name).toBeNull();
    expect(form("Go on?", { format: "password" })).toBeNull();
    expect(form("Go on?", { description: "Do not give us your PIN" })).not.toBeNull();
  });
});

declare module "virtual:trusted-templates" {
  /** Every HTML string that the app's own components are made from; filled in by `build/trustedTemplates.ts`. */
  export const trustedTemplates: readonly string[];
}

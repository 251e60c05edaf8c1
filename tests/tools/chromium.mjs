// How Chromium is started, by tests and measurements alike: options for Playwright's launch().

// A window has an address bar, whose suggestions are a page of their own by now: 0.9 s of a processor for every context's first
// page (Chromium 156, two cores), beside whatever a test does or a benchmark measures. Nobody types an address here.
const ADDRESS_BAR = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup'];

// What Playwright 1.65 switches off by itself, in the same option, of which the last one counts.
const PLAYWRIGHT = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
];

export const CHROMIUM = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    `--disable-features=${[...PLAYWRIGHT, ...ADDRESS_BAR]}`,
  ],
};

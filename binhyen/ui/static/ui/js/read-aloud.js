// Reads the marked parts of a page aloud with the browser's own voice. The button stays hidden where there is none.
(() => {
  'use strict';
  const button = document.querySelector('[data-read-aloud]');
  const speech = window.speechSynthesis;
  if (!button || !speech) return;
  const language = document.documentElement.lang || 'vi';
  const findVoice = () => speech.getVoices().find((voice) => voice.lang.toLowerCase().startsWith(language));
  const setReading = (isReading) => {
    button.setAttribute('aria-pressed', String(isReading));
    button.querySelector('span').textContent = isReading ? button.dataset.stop : button.dataset.start;
  };
  const showIfPossible = () => { button.hidden = !findVoice(); };

  button.addEventListener('click', () => {
    const isReading = button.getAttribute('aria-pressed') === 'true';
    speech.cancel();
    setReading(!isReading);
    if (isReading) return;
    const texts = [...document.querySelectorAll('[data-aloud]')].map((part) => part.innerText.trim()).filter(Boolean);
    texts.forEach((text, index) => {
      const utterance = new SpeechSynthesisUtterance(text);
      utterance.voice = findVoice();
      utterance.lang = utterance.voice.lang;
      if (index === texts.length - 1) utterance.addEventListener('end', () => setReading(false));
      speech.speak(utterance);
    });
  });
  // Voices are loaded after the page in most browsers.
  speech.addEventListener?.('voiceschanged', showIfPossible);
  window.addEventListener('pagehide', () => speech.cancel());
  showIfPossible();
})();

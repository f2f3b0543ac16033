"""User interface of Bình Yên: design tokens, components, icons, fonts, and the templates that features bind to."""

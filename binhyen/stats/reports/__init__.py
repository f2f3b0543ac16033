"""Official reports of a period: numbers, narrative, the layout of Decree 30/2020, issued versions."""

"""The face for people: pages, panels, components and the state behind them."""
